using DlqCluster.DeadLetters;
using DlqCluster.Sqlite;
using DlqCluster.Sqlite.DeadLetters;
using DlqCluster.Storage;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.Sqlite;

public sealed class FullDiskTests
{
    // Large enough to fill a small disk soon.
    private static readonly string _payload = $"\"{new string('x', 20_000)}\"";

    [Fact]
    public async Task A_full_database_refuses_loses_nothing_and_goes_on_by_itself()
    {
        using var sqlite = new SqliteFixture();
        await sqlite.Store.WriteAsync(0, static (db, _) => db.Number("PRAGMA max_page_count = 300"));
        var stored = await FillAsync(sqlite.Store);
        Assert.Contains("is full", sqlite.Store.Health.Error, StringComparison.Ordinal);
        Assert.NotNull(sqlite.Store.Health.LastFailureAt);
        await sqlite.Store.WriteAsync(0, static (db, _) => db.Number("PRAGMA max_page_count = 100000"));
        await ExpectWorkingAsync(sqlite.Store, stored);
        sqlite.Restart();
        await ExpectWorkingAsync(sqlite.Store, stored + 1);
    }

    [Fact]
    public async Task A_full_disk_refuses_loses_nothing_and_goes_on_by_itself()
    {
        var directory = SqliteFixture.TemporaryDirectory();
        using var disk = TinyDisk.TryMount(directory);
        Assert.SkipWhen(disk is null, "Needs the right to mount.");
        using var store = SqliteFixture.Create(directory, options => options.WalCheckpointMb = 1);
        store.Open();
        var ballast = Path.Combine(directory, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[1024 * 1024]);
        var stored = await FillAsync(store);
        Assert.Contains(directory, store.Health.Error, StringComparison.Ordinal);
        File.Delete(ballast);
        await ExpectWorkingAsync(store, stored);
    }

    [Fact]
    public async Task Everyone_in_a_failed_batch_is_told()
    {
        using var sqlite = new SqliteFixture();
        var store = new SqliteDeadLetterStore(sqlite.Store);
        await sqlite.Store.WriteAsync(0, static (db, _) => db.Number("PRAGMA max_page_count = 60"));
        var writes = Enumerable.Range(0, 50).Select(number => store.PutAsync(0, Letter(number, _payload), 0)).ToList();
        var failed = 0;
        foreach (var write in writes)
        {
            try
            {
                await write;
            }
            catch (StorageUnavailableException)
            {
                failed++;
            }
        }

        Assert.InRange(failed, 1, 50);
        var page = await store.QueryAsync(new LetterQuery());
        Assert.Equal(50 - failed, page.Total);
    }

    // Writes until the disk is full, one letter a commit; returns how many were acknowledged.
    private static async Task<int> FillAsync(SqliteStore sqlite)
    {
        var store = new SqliteDeadLetterStore(sqlite);
        for (var number = 0; number < 10_000; number++)
        {
            try
            {
                await store.PutAsync(0, Letter(number, _payload), 0);
            }
            catch (StorageUnavailableException error)
            {
                Assert.NotNull(error.InnerException);
                return number;
            }
        }

        throw new InvalidOperationException("The disk never filled.");
    }

    private static async Task ExpectWorkingAsync(SqliteStore sqlite, int stored)
    {
        var store = new SqliteDeadLetterStore(sqlite);
        Assert.Null(await sqlite.CheckAsync());
        Assert.Null(sqlite.Health.Error);
        for (var number = 0; number < stored; number++) Assert.NotNull(await store.GetAsync(Id(number)));
        Assert.Equal(stored, (await store.StatsAsync()).Total);
        Assert.Equal(1, await store.PutAsync(0, Letter(stored, _payload), 0));
    }
}
