using DlqCluster.Cluster.Redis;
using DlqCluster.Contract.Tests.Layout;
using DlqCluster.Storage;

namespace DlqCluster.Cluster.Tests.Redis;

public sealed class RedisDataLayoutTests : DataLayoutContract, IClassFixture<RedisFixture>, IAsyncDisposable
{
    private readonly RedisFixture _redis;
    private RedisConnection? _another;

    public RedisDataLayoutTests(RedisFixture redis)
    {
        _redis = redis;
        redis.EmptyLedger();
    }

    protected override IDataLayout Layout => new RedisDataLayout(_redis.Connection);

    public async ValueTask DisposeAsync()
    {
        if (_another is not null) await _another.DisposeAsync();
    }

    protected override IDataLayout Reopen() => new RedisDataLayout(_another = RedisFixture.Connect(_redis.Server.ConnectionString));
}
