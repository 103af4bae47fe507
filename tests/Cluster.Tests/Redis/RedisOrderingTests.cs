using DlqCluster.Contract.Tests.Ordering;
using DlqCluster.Ordering;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Cluster.Tests.Redis;

public sealed class RedisOrderingTests(RedisFixture redis) : OrderingContract, IClassFixture<RedisFixture>
{
    protected override IOrderingStore Store { get; } = redis.EmptyOrdering();

    [Fact]
    public async Task A_lane_that_is_empty_leaves_no_key_behind()
    {
        var lane = new LaneName("a", "b");
        var entry = new LaneEntry(1, Id(1));
        await Store.ChangeAsync(lane, new LaneChange(null, [], [entry]));
        await Store.BlockAsync(lane, new LaneBlock(entry, Start));
        await Store.ChangeAsync(lane, new LaneChange(1, [entry], []));
        Assert.StartsWith("*0", await redis.Server.CommandAsync("KEYS", "*ordering*"), StringComparison.Ordinal);
    }
}

public sealed class RedisClusterOrderingTests(RedisClusterFixture cluster) : OrderingContract, IClassFixture<RedisClusterFixture>
{
    protected override IOrderingStore Store { get; } = cluster.EmptyOrdering();
}
