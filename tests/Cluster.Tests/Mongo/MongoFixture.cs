using DlqCluster.Cluster.Mongo;
using Microsoft.Extensions.Options;
using MongoDB.Driver;

namespace DlqCluster.Cluster.Tests.Mongo;

/// <summary>A database of its own on the MongoDB that MONGODB_URI names, which goes with the tests of a class.</summary>
public sealed class MongoFixture : IAsyncLifetime
{
    private static readonly string? _uri = Environment.GetEnvironmentVariable("MONGODB_URI");

    private MongoConnection? _connection;

    internal MongoConnection Connection => _connection!;

    private static bool IsMissing => string.IsNullOrEmpty(_uri);

    public async ValueTask InitializeAsync()
    {
        if (IsMissing) return;
        var options = new MongoOptions { ConnectionString = _uri!, Database = $"dlq-test-{Guid.NewGuid():N}" };
        _connection = new MongoConnection(Options.Create(options));
        await _connection.EnsureIndexesAsync();
    }

    /// <summary>Skips the test when there is no MongoDB.</summary>
    internal static void Need() => Assert.SkipWhen(IsMissing, "MONGODB_URI does not name a MongoDB to test with.");

    /// <summary>A store without letters.</summary>
    internal MongoDeadLetterStore EmptyStore()
    {
        Need();
        Connection.Letters.DeleteMany(FilterDefinition<MongoDB.Bson.BsonDocument>.Empty);
        return new MongoDeadLetterStore(Connection);
    }

    /// <summary>Groups of which nobody has said anything.</summary>
    internal MongoLetterGroups EmptyGroups()
    {
        Need();
        Connection.Marks.DeleteMany(FilterDefinition<MongoDB.Bson.BsonDocument>.Empty);
        return new MongoLetterGroups(Connection);
    }

    /// <summary>A store without payloads.</summary>
    internal GridFsPayloadStore EmptyPayloads()
    {
        Need();
        foreach (var part in new[] { ".files", ".chunks" })
            Connection.Database.GetCollection<MongoDB.Bson.BsonDocument>(GridFsPayloadStore.Bucket + part).DeleteMany(FilterDefinition<MongoDB.Bson.BsonDocument>.Empty);
        return new GridFsPayloadStore(Connection);
    }

    /// <summary>An audit log without entries.</summary>
    internal MongoAuditLog EmptyLog()
    {
        Need();
        Connection.Audit.DeleteMany(FilterDefinition<MongoDB.Bson.BsonDocument>.Empty);
        return new MongoAuditLog(Connection);
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is null) return;
        await _connection.Client.DropDatabaseAsync(_connection.Options.Database);
        _connection.Dispose();
    }
}
