using DlqCluster.Cluster.Redis;
using DlqCluster.Contract.Tests.Ledger;
using DlqCluster.Ledger;
using DlqCluster.Messages;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Cluster.Tests.Redis;

public sealed class RedisLedgerTests(RedisFixture redis) : LedgerContract, IClassFixture<RedisFixture>
{
    protected override ILedgerStore Store { get; } = redis.EmptyLedger();

    [Fact]
    public async Task An_id_that_is_no_uuid_is_refused_alone()
    {
        var good = Store.PutAsync(new LedgerEntry(0, Id(1), LedgerLanes.Active, Start));
        var bad = Store.PutAsync(new LedgerEntry(0, new MessageId("nonsense"), LedgerLanes.Active, Start));
        await good;
        await Assert.ThrowsAsync<ArgumentException>(() => bad);
    }

    [Fact]
    public async Task A_lane_with_a_zero_character_is_refused() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Store.PutAsync(new LedgerEntry(0, Id(1), "a\0b", Start)));

    [Fact]
    public async Task A_lane_whose_name_begins_like_another_is_apart()
    {
        string[] lanes = ["", "\u0001", "a", "a\u0001", "a\u0001b", "a!", "ab"];
        for (var i = 0; i < lanes.Length; i++) await Store.PutAsync(new LedgerEntry(0, Id(i), lanes[i], At(i)));
        Assert.Equal(lanes.Select((lane, i) => new LaneCount(lane, 1, At(i))), await Store.CountAsync(0));
        for (var i = 0; i < lanes.Length; i++)
            Assert.Equal([Id(i)], await Store.ClaimAsync(0, lanes[i], DateTimeOffset.MaxValue, 10, At(90)));
    }

    [Fact]
    public async Task All_times_that_there_are_keep_their_order()
    {
        await Store.PutAsync(new LedgerEntry(0, Id(1), "x", DateTimeOffset.MaxValue));
        await Store.PutAsync(new LedgerEntry(0, Id(2), "x", DateTimeOffset.UnixEpoch.AddMilliseconds(-1)));
        await Store.PutAsync(new LedgerEntry(0, Id(3), "x", DateTimeOffset.MinValue));
        await Store.PutAsync(new LedgerEntry(0, Id(4), "x", DateTimeOffset.UnixEpoch));
        Assert.Equal([new LaneHead("x", DateTimeOffset.MinValue)], await Store.PeekAsync(0));
        Assert.Equal([Id(3), Id(2), Id(4), Id(1)], await Store.ClaimAsync(0, "x", DateTimeOffset.MaxValue, 10, At(90)));
    }

    [Theory]
    [InlineData(999)]
    [InlineData(1_000)]
    [InlineData(2_500)]
    public async Task More_than_one_step_can_move_is_moved_in_several(int entries)
    {
        await Task.WhenAll(Enumerable.Range(0, entries).Select(number => Store.PutAsync(new LedgerEntry(0, Id(number), "x", At(number)))));
        var claimed = await Store.ClaimAsync(0, "x", At(entries), entries + 1, At(9_000));
        Assert.Equal(Enumerable.Range(0, entries).Select(Id), claimed);
        Assert.Equal(entries, await Store.ReleaseAsync(0, At(5)));
        Assert.Equal([new LaneCount(LedgerLanes.Active, entries, At(5))], await Store.CountAsync(0));
        Assert.Equal(entries, await Store.ReleaseAsync(0, At(5)));
    }

    [Fact]
    public async Task A_message_that_is_gone_leaves_no_key_behind()
    {
        await Store.PutAsync(new LedgerEntry(0, Id(1), "x", Start));
        await Store.RemoveAsync(0, Id(1));
        Assert.StartsWith("*0", await redis.Server.CommandAsync("KEYS", "*ledger*"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scripts_that_a_server_forgot_are_sent_again()
    {
        await Store.PutAsync(new LedgerEntry(0, Id(1), "x", Start));
        await redis.Server.CommandAsync("SCRIPT", "FLUSH");
        await Store.PutAsync(new LedgerEntry(0, Id(2), "x", Start));
        Assert.Equal(2, Assert.Single(await Store.CountAsync(0)).Count);
    }
}

public sealed class RedisLedgerProperties : LedgerProperties, IClassFixture<RedisFixture>
{
    private readonly RedisFixture _redis;

    public RedisLedgerProperties(RedisFixture redis)
    {
        RedisServer.Need();
        _redis = redis;
    }

    protected override ILedgerStore Empty() => _redis.EmptyLedger();
}

public sealed class RedisClusterLedgerTests(RedisClusterFixture cluster) : LedgerContract, IClassFixture<RedisClusterFixture>
{
    protected override ILedgerStore Store { get; } = cluster.EmptyLedger();

    [Fact]
    public async Task Partitions_are_spread_over_all_primaries()
    {
        for (var partition = 0; partition < 64; partition++)
        {
            await Store.PutAsync(new LedgerEntry(partition, Id(partition), LedgerLanes.Scheduled, Start));
            Assert.Equal([Id(partition)], await Store.ClaimAsync(partition, LedgerLanes.Scheduled, Start, 10, At(90)));
        }

        foreach (var server in cluster.Servers)
            Assert.DoesNotContain(":0\r\n", await server.CommandAsync("DBSIZE"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_writes_to_every_primary()
    {
        Assert.Null(await new RedisHealth(cluster.Connection).CheckAsync());
        foreach (var server in cluster.Servers)
            Assert.Contains("dlq:health", await server.CommandAsync("KEYS", "dlq:health*"), StringComparison.Ordinal);
    }
}
