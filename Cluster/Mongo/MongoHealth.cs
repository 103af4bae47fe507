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

    // Whoever asks waits for five seconds, and would then know no more than that.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan _forMajority = TimeSpan.FromSeconds(3);

    private static readonly BsonDocument _one = new(LetterFields.Id, "health");

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <inheritdoc/>
    public string Name => "mongodb";

    /// <inheritdoc/>
    public string? Durability => Describe(connection.Client.Cluster.Description.Type);

    /// <inheritdoc/>
    public async Task<string?> CheckAsync(CancellationToken cancellationToken = default)
    {
        using var waited = new CancellationTokenSource(_patience, _clock);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, waited.Token);
        try
        {
            var now = new BsonDocument("$set", new BsonDocument(CheckedAt, LetterSearch.Date(_clock.GetUtcNow())));
            await connection.DoAsync((health: Health(), now, enough.Token), static args =>
                args.health.UpdateOneAsync(_one, args.now, new UpdateOptions { IsUpsert = true }, args.Token)).ConfigureAwait(false);
            return null;
        }
        catch (StorageUnavailableException error)
        {
            return error.Message;
        }
        catch (OperationCanceledException) when (waited.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return MongoFault.ToUnavailable(new TimeoutException(), connection.Endpoints).Message;
        }
    }

    internal static string? Describe(ClusterType type) => type switch
    {
        ClusterType.ReplicaSet => "replica set, journaled by a majority: the loss of a minority loses nothing",
        ClusterType.Sharded => "shards, each journaled by a majority: the loss of a minority of a shard loses nothing",
        ClusterType.Standalone => "one server, journaled: the loss of its disk loses everything",
        _ => null,
    };

    private IMongoCollection<BsonDocument> Health()
    {
        var all = connection.Database.GetCollection<BsonDocument>(MongoConnection.HealthCollection);
        var concern = all.Settings.WriteConcern;
        return concern.WTimeout > _forMajority ? all.WithWriteConcern(concern.With(wTimeout: _forMajority)) : all;
    }
}
