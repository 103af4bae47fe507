using DlqCluster.Storage;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Clusters;

namespace DlqCluster.Cluster.Mongo;

/// <summary>Whether MongoDB can do its work: writes a document and waits until a majority has it.</summary>
/// <param name="connection">The connection.</param>
/// <param name="clock">The clock; null for the system's.</param>
public sealed class MongoHealth(MongoConnection connection, TimeProvider? clock = null) : IStoreHealth
{
    private const string CheckedAt = "checkedAt";

    private static readonly BsonDocument _one = new(LetterFields.Id, "health");

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <inheritdoc/>
    public string Name => "mongodb";

    /// <inheritdoc/>
    public string? Durability => Describe(connection.Client.Cluster.Description.Type);

    /// <inheritdoc/>
    public async Task<string?> CheckAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var now = new BsonDocument("$set", new BsonDocument(CheckedAt, LetterSearch.Date(_clock.GetUtcNow())));
            await connection.DoAsync((connection.Database, now, cancellationToken), static args => args.Database
                .GetCollection<BsonDocument>(MongoConnection.HealthCollection)
                .UpdateOneAsync(_one, args.now, new UpdateOptions { IsUpsert = true }, args.cancellationToken)).ConfigureAwait(false);
            return null;
        }
        catch (StorageUnavailableException error)
        {
            return error.Message;
        }
    }

    internal static string? Describe(ClusterType type) => type switch
    {
        ClusterType.ReplicaSet => "replica set, journaled by a majority: the loss of a minority loses nothing",
        ClusterType.Sharded => "shards, each journaled by a majority: the loss of a minority of a shard loses nothing",
        ClusterType.Standalone => "one server, journaled: the loss of its disk loses everything",
        _ => null,
    };
}
