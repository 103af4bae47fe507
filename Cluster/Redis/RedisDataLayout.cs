using DlqCluster.Storage;
using StackExchange.Redis;

namespace DlqCluster.Cluster.Redis;

/// <summary>How the data of a cluster is laid out.</summary>
/// <param name="connection">The connection.</param>
public sealed class RedisDataLayout(RedisConnection connection) : IDataLayout
{
    private readonly RedisKey _partitions = $"{connection.Options.KeyPrefix}:layout:partitions";

    /// <inheritdoc/>
    public Task<int> FixPartitionsAsync(int count) => connection.DoAsync((Key: _partitions, Count: count), static async (multiplexer, args) =>
    {
        var database = multiplexer.GetDatabase();
        await database.StringSetAsync(args.Key, args.Count, when: When.NotExists).ConfigureAwait(false);
        return (int)await database.StringGetAsync(args.Key).ConfigureAwait(false);
    });
}
