using System.Security.Cryptography;
using DlqCluster.Ledger;
using DlqCluster.Messages;
using DlqCluster.Sqlite.Backup;
using DlqCluster.Sqlite.Ledger;
using DlqCluster.Storage;

namespace DlqCluster.Contract.Tests.Sqlite;

public sealed class SnapshotTests : IDisposable
{
    private readonly SqliteFixture _sqlite = new();

    [Fact]
    [Trait("Spec", "OP5")]
    public async Task A_snapshot_has_all_that_was_acknowledged_while_others_go_on_writing()
    {
        var ledger = new SqliteLedgerStore(_sqlite.Store);
        var snapshots = new SqliteSnapshots(_sqlite.Store);
        await PutAsync(ledger, 0, 500);
        var later = PutAsync(ledger, 500, 500);
        using var snapshot = await snapshots.TakeAsync();
        await later;

        var copy = Path.Combine(_sqlite.Directory, "copy");
        Directory.CreateDirectory(copy);
        File.Copy(snapshot!.Path, Path.Combine(copy, snapshot.Name));
        using var restored = SqliteFixture.Create(copy);
        restored.Open();
        var count = Assert.Single(await new SqliteLedgerStore(restored).CountAsync(0)).Count;
        Assert.InRange(count, 500, 1_000);
    }

    [Fact]
    public async Task A_snapshot_tells_its_size_and_its_checksum_and_goes_when_it_is_no_longer_needed()
    {
        var snapshot = (await new SqliteSnapshots(_sqlite.Store).TakeAsync())!;
        using (snapshot)
        {
            Assert.Equal(new FileInfo(snapshot.Path).Length, snapshot.Bytes);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(snapshot.Path))), snapshot.Sha256);
            Assert.True(snapshot.SchemaVersion > 0);
        }

        Assert.False(File.Exists(snapshot.Path));
    }

    [Fact]
    public async Task One_is_taken_at_a_time()
    {
        var snapshots = new SqliteSnapshots(_sqlite.Store);
        using (await snapshots.TakeAsync()) Assert.Null(await snapshots.TakeAsync());
        using var next = await snapshots.TakeAsync();
        Assert.NotNull(next);
    }

    [Fact]
    public async Task What_a_crash_left_of_one_is_no_obstacle()
    {
        await File.WriteAllTextAsync(Path.Combine(_sqlite.Directory, "snapshot.tmp"), "half a snapshot");
        using var snapshot = await new SqliteSnapshots(_sqlite.Store).TakeAsync();
        Assert.NotNull(snapshot);
    }

    [Fact]
    public async Task One_that_cannot_be_written_fails_and_the_next_may_try()
    {
        var snapshots = new SqliteSnapshots(_sqlite.Store);
        var obstacle = Directory.CreateDirectory(Path.Combine(_sqlite.Directory, "snapshot.tmp"));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => snapshots.TakeAsync());
        obstacle.Delete();
        using var snapshot = await snapshots.TakeAsync();
        Assert.NotNull(snapshot);
    }

    public void Dispose() => _sqlite.Dispose();

    private static Task PutAsync(SqliteLedgerStore ledger, int first, int count) => Task.WhenAll(Enumerable.Range(first, count).Select(n =>
        ledger.PutAsync(new LedgerEntry(0, MessageId.Derive("snapshot", $"{n}"), LedgerLanes.Active, DateTimeOffset.UnixEpoch))));
}
