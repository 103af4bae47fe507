using DlqCluster.Audit;
using DlqCluster.Cluster.Mongo;
using DlqCluster.Contract.Tests.Audit;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Cluster.Tests.Mongo;

public sealed class MongoAuditLogTests(MongoFixture mongo) : AuditLogContract, IClassFixture<MongoFixture>
{
    protected override IAuditLog Log { get; } = mongo.EmptyLog();
}

/// <summary>What the server is asked, word for word.</summary>
public sealed class AuditBsonTests
{
    private static readonly Guid _id = new("019ca0c8-1000-7000-8000-000000000000");

    [Fact]
    public void An_entry_comes_back_from_its_document()
    {
        var full = new AuditEntry
        {
            Id = _id,
            At = Start.AddTicks(1_234),
            Who = "ann",
            Credential = "token",
            Act = "letter.discard",
            Subject = "x",
            Count = 4_000_000_000,
            Reason = "why",
            From = "::1",
            Outcome = AuditOutcome.Done,
            Status = 200,
            Detail = "all",
        };
        Assert.Equal(full, AuditBson.Read(AuditBson.Write(full)));
        var empty = new AuditEntry { Id = _id, At = Start };
        Assert.Equal(empty, AuditBson.Read(AuditBson.Write(empty)));
    }

    [Fact]
    public void Half_a_character_is_no_obstacle()
    {
        var document = AuditBson.Write(new AuditEntry { Id = _id, At = Start, Who = "\uD83D…", Subject = "\uD83D…", Detail = "\uDCB3" });
        var read = AuditBson.Read(BsonSerializer.Deserialize<BsonDocument>(document.ToBson()));
        Assert.Equal(("\uFFFD…", "\uFFFD…", "\uFFFD"), (read.Who, read.Subject, read.Detail));
    }

    [Fact]
    public void Every_filter_asks_for_its_field_and_times_are_ranges_of_the_id() => Expect(
        """
        {
          "who": "ann", "act": "a", "subject": "s", "outcome": "refused",
          "_id": { "$gte": "019ca945-0a00-0000-0000-000000000000", "$lt": "019ca0c8-1000-7000-8000-000000000000" }
        }
        """,
        AuditBson.Matching(new AuditQuery
        {
            Who = "ann",
            Act = "a",
            Subject = "s",
            Outcome = AuditOutcome.Refused,
            From = Start,
            To = At(1),
            After = _id,
        }));

    [Fact]
    public void No_filter_asks_for_everything() => Expect("{ }", AuditBson.Matching(new AuditQuery()));

    [Fact]
    public void An_end_is_only_given_to_what_has_none()
    {
        var (open, change) = AuditBson.Completion(new AuditEntry { Id = _id, Who = "ann", Credential = "token", Act = "a", Outcome = AuditOutcome.Done, Status = 200 });
        Expect("""{ "_id": "019ca0c8-1000-7000-8000-000000000000", "outcome": "begun" }""", open);
        Expect("""{ "$set": { "who": "ann", "credential": "token", "act": "a", "outcome": "done", "status": 200 } }""", change);
    }

    private static void Expect(string json, BsonDocument actual) => Assert.Equal(BsonDocument.Parse(json), actual);
}
