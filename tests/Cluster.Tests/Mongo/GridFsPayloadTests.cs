using DlqCluster.Cluster.Mongo;
using DlqCluster.Contract.Tests.Payloads;
using DlqCluster.Payloads;
using MongoDB.Bson;
using MongoDB.Driver;

namespace DlqCluster.Cluster.Tests.Mongo;

public sealed class GridFsPayloadTests(MongoFixture mongo) : PayloadContract, IClassFixture<MongoFixture>
{
    protected override IPayloadStore Store { get; } = mongo.EmptyPayloads();

    protected override async Task DamageAsync(string key, Func<byte[], byte[]> change)
    {
        var files = mongo.Connection.Database.GetCollection<BsonDocument>(GridFsPayloadStore.Bucket + ".files");
        var chunks = mongo.Connection.Database.GetCollection<BsonDocument>(GridFsPayloadStore.Bucket + ".chunks");
        var file = await files.Find(GridFsPayloadStore.Named(key)).SortByDescending(found => found["uploadDate"]).FirstAsync();
        var chunk = await chunks.Find(new BsonDocument { { "files_id", file["_id"] }, { "n", 0 } }).SingleAsync();
        var damaged = new BsonDocument("$set", new BsonDocument("data", new BsonBinaryData(change(chunk["data"].AsByteArray))));
        await chunks.UpdateOneAsync(new BsonDocument("_id", chunk["_id"]), damaged);
    }
}

/// <summary>What the server is asked, word for word.</summary>
public sealed class GridFsQueryTests
{
    [Fact]
    public void A_walk_begins_anywhere_and_goes_on_behind_a_name()
    {
        Assert.Equal(new BsonDocument(), GridFsPayloadStore.After(null));
        Assert.Equal(BsonDocument.Parse("""{ "filename": { "$gt": "a.0.b" } }"""), GridFsPayloadStore.After("a.0.b"));
    }

    [Fact]
    public void A_payload_is_found_by_its_name() =>
        Assert.Equal(BsonDocument.Parse("""{ "filename": "a.0.b" }"""), GridFsPayloadStore.Named("a.0.b"));
}
