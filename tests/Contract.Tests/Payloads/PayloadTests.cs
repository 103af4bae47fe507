using DlqCluster.Contract.Tests.Sqlite;
using DlqCluster.Payloads;
using DlqCluster.Sqlite;
using DlqCluster.Sqlite.Payloads;
using DlqCluster.Storage;
using DlqCluster.Testing;
using Microsoft.Extensions.Options;

namespace DlqCluster.Contract.Tests.Payloads;

public sealed class MemoryPayloadTests : PayloadContract
{
    private readonly MemoryPayloadStore _store = new(TimeProvider.System);

    protected override IPayloadStore Store => _store;

    protected override Task DamageAsync(string key, Func<byte[], byte[]> change)
    {
        _store.Damage(key, change);
        return Task.CompletedTask;
    }
}

public sealed class FilePayloadTests : PayloadContract, IDisposable
{
    private readonly SqliteFixture _sqlite = new();
    private FilePayloadStore _store;

    public FilePayloadTests() => _store = Open(_sqlite.Store);

    protected override IPayloadStore Store => _store;

    protected override async Task DamageAsync(string key, Func<byte[], byte[]> change)
    {
        var path = Find(key);
        await File.WriteAllBytesAsync(path, change(await File.ReadAllBytesAsync(path)));
    }

    [Fact]
    public async Task Payloads_outlive_a_restart()
    {
        var (claim, content) = Payload(1);
        await _store.PutAsync(claim, content);
        Restart();
        Assert.Equal(content, (await _store.GetAsync(claim)).Content);
    }

    [Fact]
    public async Task What_a_crash_left_unfinished_is_removed_at_the_next_start_and_never_seen()
    {
        var (claim, content) = Payload(1);
        await _store.PutAsync(claim, content);
        var other = Payload(2);
        var unfinished = Path.Combine(_sqlite.Directory, "payloads", "unfinished", other.Claim.Key + ".1.1");
        await File.WriteAllBytesAsync(unfinished, other.Content[..50]);
        Restart();
        Assert.Equal(PayloadCondition.Missing, (await _store.GetAsync(other.Claim)).Condition);
        Assert.False(File.Exists(unfinished));
        Assert.Equal([claim.Key], (await _store.ListAsync(null, Ever, 10)).Keys);
    }

    [Fact]
    public async Task Payloads_lie_in_many_directories()
    {
        foreach (var (claim, content) in Enumerable.Range(0, 300).Select(number => Payload(number))) await _store.PutAsync(claim, content);
        var used = Directory.GetFiles(Path.Combine(_sqlite.Directory, "payloads"), "*", SearchOption.AllDirectories).Select(Path.GetDirectoryName).Distinct().Count();
        Assert.InRange(used, 100, 256);
    }

    [Theory]
    [InlineData("../dlq.db")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("")]
    public async Task A_key_cannot_lead_out_of_the_directory(string key)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _store.RemoveAsync(key));
        await Assert.ThrowsAsync<ArgumentException>(() => _store.PutAsync(new PayloadClaim(key, 0, ""), default));
    }

    [Fact]
    public async Task A_closed_store_says_so()
    {
        var (claim, content) = Payload(1);
        await _store.PutAsync(claim, content);
        _sqlite.Store.Dispose();
        await Assert.ThrowsAsync<StorageUnavailableException>(() => _store.PutAsync(claim, content));
    }

    [Fact]
    public async Task A_full_disk_refuses_loses_nothing_and_goes_on_by_itself()
    {
        var directory = SqliteFixture.TemporaryDirectory();
        using var disk = TinyDisk.TryMount(directory);
        Assert.SkipWhen(disk is null, "Needs the right to mount.");
        using var sqlite = SqliteFixture.Create(directory, static options => options.WalCheckpointMb = 1);
        sqlite.Open();
        using var store = Open(sqlite);
        var stored = new List<(PayloadClaim Claim, byte[] Content)>();
        StorageUnavailableException? refusal = null;
        for (var number = 0; refusal is null && number < 1_000; number++)
        {
            try
            {
                var payload = Payload(number, 200_000);
                await store.PutAsync(payload.Claim, payload.Content);
                stored.Add(payload);
            }
            catch (StorageUnavailableException error)
            {
                refusal = error;
            }
        }

        Assert.Contains("is full", refusal?.Message, StringComparison.Ordinal);
        foreach (var (claim, content) in stored) Assert.Equal(content, (await store.GetAsync(claim)).Content);
        // What is large is refused, what is small is not: the service is degraded, and works.
        Assert.False(store.IsVital);
        Assert.Contains("is full", await store.CheckAsync(), StringComparison.Ordinal);
        Assert.Null(await sqlite.CheckAsync());
        await store.RemoveAsync(stored[0].Claim.Key);
        Assert.Null(await store.CheckAsync());
        await store.PutAsync(stored[0].Claim, stored[0].Content);
        Assert.Equal(stored.Count, (await store.ListAsync(null, Ever, 1_000)).Keys.Count);
    }

    public void Dispose()
    {
        _store.Dispose();
        _sqlite.Dispose();
    }

    private static FilePayloadStore Open(SqliteStore store) => new(store, Options.Create(new SqliteOptions()));

    private void Restart()
    {
        _store.Dispose();
        _sqlite.Restart();
        _store = Open(_sqlite.Store);
    }

    private string Find(string key) => Directory.GetFiles(Path.Combine(_sqlite.Directory, "payloads"), key, SearchOption.AllDirectories).Single();
}
