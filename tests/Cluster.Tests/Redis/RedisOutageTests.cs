using DlqCluster.Cluster.Redis;
using DlqCluster.Ledger;
using DlqCluster.Storage;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Cluster.Tests.Redis;

public sealed class RedisOutageTests : IAsyncLifetime
{
    private RedisServer? _server;
    private RedisConnection? _connection;
    private RedisLedgerStore? _ledger;

    private RedisServer Server => _server!;

    private RedisLedgerStore Ledger => _ledger!;

    public async ValueTask InitializeAsync()
    {
        RedisServer.Need();
        _server = await RedisServer.StartNewAsync("--appendfsync", "always");
        _connection = RedisFixture.Connect(_server.ConnectionString, options => options.OperationTimeoutMs = 500);
        _ledger = new RedisLedgerStore(_connection);
    }

    [Fact]
    public async Task What_was_acknowledged_survives_a_kill()
    {
        for (var number = 0; number < 200; number++) await PutAsync(number);
        await Server.KillAsync();
        await Server.StartAsync();
        await RedisFixture.EventuallyAsync(async () =>
            Assert.Equal([new LaneCount(LedgerLanes.Scheduled, 200, At(0))], await Ledger.CountAsync(0)));
    }

    [Fact]
    public async Task A_server_that_is_away_fails_at_once_and_is_found_again()
    {
        await PutAsync(1);
        await Server.KillAsync();
        var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => PutAsync(2));
        Assert.Contains("cannot be reached", error.Message, StringComparison.Ordinal);
        var before = TimeProvider.System.GetTimestamp();
        await Assert.ThrowsAsync<StorageUnavailableException>(() => Ledger.PeekAsync(0));
        Assert.InRange(TimeProvider.System.GetElapsedTime(before).TotalMilliseconds, 0, 400);
        Assert.Contains("cannot be reached", await new RedisHealth(_connection!).CheckAsync(), StringComparison.Ordinal);

        await Server.StartAsync();
        await RedisFixture.EventuallyAsync(() => PutAsync(2));
        Assert.Equal(2, Assert.Single(await Ledger.CountAsync(0)).Count);
        Assert.Null(await new RedisHealth(_connection!).CheckAsync());
    }

    [Fact]
    public async Task A_server_that_hangs_is_reported_and_used_again_when_it_answers()
    {
        await PutAsync(1);
        Server.Freeze();
        try
        {
            var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => PutAsync(2));
            Assert.Contains("Redis:OperationTimeoutMs", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Server.Thaw();
        }

        await RedisFixture.EventuallyAsync(() => PutAsync(2));
        Assert.Equal(2, Assert.Single(await Ledger.CountAsync(0)).Count);
    }

    [Fact]
    public async Task A_full_server_refuses_new_entries_loses_none_and_drains()
    {
        for (var number = 0; number < 50; number++) await PutAsync(number);
        await Server.CommandAsync("CONFIG", "SET", "maxmemory", "1");
        var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => PutAsync(50));
        Assert.Contains("maxmemory", error.Message, StringComparison.Ordinal);
        Assert.Equal(10, (await Ledger.ClaimAsync(0, LedgerLanes.Scheduled, At(9), 10, At(90))).Count);
        for (var number = 0; number < 5; number++) await Ledger.RemoveAsync(0, Id(number));
        var left = await Ledger.CountAsync(0);
        Assert.Equal([(LedgerLanes.Active, 5L), (LedgerLanes.Scheduled, 40L)], left.Select(lane => (lane.Lane, lane.Count)));
        await Server.CommandAsync("CONFIG", "SET", "maxmemory", "0");
        await PutAsync(50);
    }

    [Fact]
    public async Task A_replica_is_named_as_one()
    {
        await PutAsync(1);
        await Server.CommandAsync("REPLICAOF", "127.0.0.1", $"{RedisServer.FreePort()}");
        var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => PutAsync(2));
        Assert.Matches("replica|primary", error.Message);
        await Server.CommandAsync("REPLICAOF", "NO", "ONE");
        await RedisFixture.EventuallyAsync(() => PutAsync(2));
    }

    [Fact]
    public async Task Credentials_that_are_wrong_are_named_but_not_shown()
    {
        await Server.CommandAsync("CONFIG", "SET", "requirepass", "right");
        await using var connection = RedisFixture.Connect($"redis://:hidden-secret@{Server.ConnectionString}");
        var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => new RedisLedgerStore(connection).PeekAsync(0));
        Assert.Contains("credentials", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden-secret", error.ToString(), StringComparison.Ordinal);
        await using var right = RedisFixture.Connect($"redis://:right@{Server.ConnectionString}");
        Assert.Empty(await new RedisLedgerStore(right).PeekAsync(0));
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }

    private Task PutAsync(int number) => Ledger.PutAsync(new LedgerEntry(0, Id(number), LedgerLanes.Scheduled, At(number)));
}
