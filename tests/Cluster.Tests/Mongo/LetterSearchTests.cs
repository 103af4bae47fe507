using DlqCluster.Cluster.Mongo;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Serializers;
using MongoDB.Driver;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Cluster.Tests.Mongo;

/// <summary>What the server is asked, word for word.</summary>
public sealed class LetterSearchTests
{
    private const string Id1 = "00000001-0000-7000-8000-000000000000";

    private static readonly RenderArgs<BsonDocument> _rendering = new(BsonDocumentSerializer.Instance, BsonSerializer.SerializerRegistry);

    [Fact]
    public void No_filter_asks_for_everything() => Expect("{ }", LetterSearch.Matching(new LetterFilter()));

    [Fact]
    public void Every_filter_asks_for_its_field() => Expect(
        """
        {
          "status": "dlq_failed", "errorType": "TIMEOUT_ERROR", "metadata.source": "", "metadata.target": "billing", "metadata.tags": "vip",
          "fingerprint": "ffff", "createdAt": { "$gte": { "$date": "2026-03-01T12:00:01Z" }, "$lt": { "$date": "2026-03-01T12:00:02.5Z" } },
          "words": { "$regularExpression": { "pattern": "^refused", "options": "" } }
        }
        """,
        LetterSearch.Matching(new LetterFilter
        {
            Status = LetterStatus.Failed,
            ErrorType = ErrorType.Timeout,
            Source = "",
            Target = "billing",
            Tag = "vip",
            Fingerprint = "ffff",
            From = At(1),
            To = At(2.5),
            Text = "refused",
        }));

    [Theory]
    [InlineData("?!", "{ }")]
    [InlineData("Gate", """{ "words": { "$regularExpression": { "pattern": "^gate", "options": "" } } }""")]
    [InlineData("a b a c", """{ "words": { "$all": ["a", "b", { "$regularExpression": { "pattern": "^c", "options": "" } }] } }""")]
    [InlineData(
        "x.*$ {\"$ne\":1}", """{ "words": { "$all": ["x", "ne", { "$regularExpression": { "pattern": "^1", "options": "" } }] } }""")]
    public void Words_must_all_be_there_and_the_last_may_go_on(string text, string expected) =>
        Expect(expected, LetterSearch.Matching(new LetterFilter { Text = text }));

    [Fact]
    public void What_is_due_is_pending_in_the_partition() => Expect(
        """{ "partition": 3, "status": "dlq_pending", "nextRetryAt": { "$lte": { "$date": "2026-03-01T12:00:05Z" } } }""",
        LetterSearch.Due(3, At(5)));

    [Fact]
    public void What_is_stuck_is_processing_in_the_partition() => Expect(
        """{ "partition": 3, "status": "dlq_processing", "updatedAt": { "$lte": { "$date": "2026-03-01T12:00:05Z" } } }""",
        LetterSearch.Stuck(3, At(5)));

    [Theory]
    [InlineData(LetterSort.CreatedAt, "createdAt", "createdAt")]
    [InlineData(LetterSort.UpdatedAt, "updatedAt", "updatedAt")]
    [InlineData(LetterSort.NextRetryAt, "nextRetryUp", "nextRetryDown")]
    [InlineData(LetterSort.ErrorType, "errorType", "errorType")]
    [InlineData(LetterSort.Status, "status", "status")]
    [InlineData(LetterSort.Target, "metadata.target", "metadata.target")]
    [InlineData(LetterSort.Source, "metadata.source", "metadata.source")]
    [InlineData(LetterSort.DlqRetryCount, "dlqRetryCount", "dlqRetryCount")]
    public void Every_sort_goes_along_an_index_of_its_own(LetterSort sort, string up, string down)
    {
        var (created, thenUp, thenDown) = sort == LetterSort.CreatedAt
            ? (Array.Empty<string>(), "", "")
            : (["createdAt"], "\"createdAt\": 1, ", "\"createdAt\": -1, ");
        Expect($$"""{ "{{up}}": 1, {{thenUp}}"_id": 1 }""", LetterSearch.Order(sort, descending: false));
        Expect($$"""{ "{{down}}": -1, {{thenDown}}"_id": -1 }""", LetterSearch.Order(sort, descending: true));
        var keys = LetterIndexes.Models.Select(Keys).ToList();
        Assert.Contains(keys, key => key.AsSpan().StartsWith([up, .. created, "_id"]));
        Assert.Contains(keys, key => key.AsSpan().StartsWith([down, .. created, "_id"]));
    }

    [Fact]
    public void A_cursor_asks_for_what_follows_in_the_sorts_own_type()
    {
        Expect(
            $$"""
            { "$or": [
              { "createdAt": { "$lt": { "$date": "2026-03-01T12:00:01Z" } } },
              { "createdAt": { "$date": "2026-03-01T12:00:01Z" }, "_id": { "$lt": "{{Id1}}" } }] }
            """,
            After(new LetterFilter(), LetterSort.CreatedAt, descending: true));
        Expect(
            $$"""
            { "$and": [
              { "status": "dlq_pending" },
              { "$or": [
                { "metadata.target": { "$gt": "billing" } },
                { "metadata.target": "billing", "createdAt": { "$gt": { "$date": "2026-03-01T12:00:01Z" } } },
                { "metadata.target": "billing", "createdAt": { "$date": "2026-03-01T12:00:01Z" }, "_id": { "$gt": "{{Id1}}" } }] }] }
            """,
            After(new LetterFilter { Status = LetterStatus.Pending }, LetterSort.Target, descending: false));
        Expect(
            $$"""
            { "$or": [
              { "nextRetryDown": { "$lt": { "$numberLong": "1772366461000" } } },
              { "nextRetryDown": { "$numberLong": "1772366461000" }, "createdAt": { "$lt": { "$date": "2026-03-01T12:00:01Z" } } },
              { "nextRetryDown": { "$numberLong": "1772366461000" }, "createdAt": { "$date": "2026-03-01T12:00:01Z" }, "_id": { "$lt": "{{Id1}}" } }] }
            """,
            After(new LetterFilter(), LetterSort.NextRetryAt, descending: true));
    }

    [Fact]
    public void Numbers_are_counted_along_an_index()
    {
        Expect(
            """
            { "stages": [
              { "$sort": { "errorType": 1 } }, { "$group": { "_id": "$errorType", "count": { "$sum": 1 } } },
              { "$sort": { "count": -1, "_id": 1 } }, { "$limit": 10 }] }
            """,
            new BsonDocument("stages", new BsonArray(LetterNumbers.Top("errorType", 10))));
        Expect(
            """
            { "stages": [
              { "$match": { "replaysEnded": { "$gt": 0 } } },
              { "$group": { "_id": null, "ended": { "$sum": "$replaysEnded" }, "delivered": { "$sum": "$replaysDelivered" } } }] }
            """,
            new BsonDocument("stages", new BsonArray(LetterNumbers.Replays())));
        foreach (var counted in (string[])["status", "errorType", "metadata.source"])
            Assert.Contains(LetterIndexes.Models.Select(Keys), keys => keys[0] == counted);
    }

    [Fact]
    public void Every_filter_has_an_index_that_begins_with_it()
    {
        var first = LetterIndexes.Models.Where(model => Partial(model) is null).Select(model => Keys(model)[0]).ToHashSet();
        var everything = new LetterFilter
        {
            Status = LetterStatus.Failed,
            ErrorType = ErrorType.Timeout,
            Source = "s",
            Target = "t",
            Tag = "v",
            Fingerprint = "f",
            From = At(1),
            Text = "x",
        };
        Assert.Superset(new HashSet<string>(LetterSearch.Matching(everything).Names), first);
    }

    [Theory]
    [InlineData(LetterGroupKind.Fingerprint)]
    [InlineData(LetterGroupKind.ErrorType)]
    [InlineData(LetterGroupKind.Target)]
    [InlineData(LetterGroupKind.Source)]
    public void Groups_are_counted_along_one_index_that_has_everything(LetterGroupKind kind)
    {
        var stages = GroupBson.Stages(new LetterGroupQuery { Kind = kind });
        Assert.Equal(["$match", "$sort", "$group", "$facet"], stages.Select(stage => stage.GetElement(0).Name));
        Assert.Equal($$"""{ "$sort" : { "{{GroupBson.FieldOf(kind)}}" : 1 } }""", stages[1].ToJson());
        Assert.Contains(LetterIndexes.Models, model => Keys(model)[0] == GroupBson.FieldOf(kind) && FieldsOf(stages[2]).IsSubsetOf(Keys(model)));
    }

    [Fact]
    public void Pending_letters_are_counted_by_partition_along_one_index_that_has_everything()
    {
        var stages = LetterNumbers.Pending();
        Assert.Equal("""{ "status" : "dlq_pending" }""", stages[0]["$match"].ToJson());
        Assert.Contains(LetterIndexes.Models, model => Keys(model)[0] == "status" && FieldsOf(stages[1]).IsSubsetOf(Keys(model)));
    }

    [Fact]
    public void Marks_are_joined_to_a_page_of_groups_and_to_all_only_when_they_are_asked_for()
    {
        var ofAll = GroupBson.Stages(new LetterGroupQuery { Muted = true });
        Assert.Equal(["$match", "$sort", "$group", "$lookup", "$unwind", "$match", "$facet"], ofAll.Select(stage => stage.GetElement(0).Name));
        Assert.Equal(["$sort", "$skip", "$limit"], PageOf(ofAll));
        Assert.Equal(["$sort", "$skip", "$limit", "$lookup", "$unwind"], PageOf(GroupBson.Stages(new LetterGroupQuery())));
    }

    [Fact]
    public void Indexes_are_these()
    {
        string[] expected =
        [
            """pending_due { "status" : 1, "partition" : 1, "nextRetryAt" : 1, "_id" : 1 } where { "status" : "dlq_pending" }""",
            """stuck { "partition" : 1, "updatedAt" : 1, "_id" : 1 } where { "status" : "dlq_processing" }""",
            """status_createdAt { "status" : 1, "createdAt" : 1, "_id" : 1 }""",
            """errorType_group { "errorType" : 1, "createdAt" : 1, "_id" : 1, "lastFailedAt" : 1, "status" : 1 }""",
            """source_status { "metadata.source" : 1, "status" : 1 }""",
            """source_group { "metadata.source" : 1, "createdAt" : 1, "_id" : 1, "lastFailedAt" : 1, "status" : 1 }""",
            """target_group { "metadata.target" : 1, "createdAt" : 1, "_id" : 1, "lastFailedAt" : 1, "status" : 1 }""",
            """fingerprint_group { "fingerprint" : 1, "createdAt" : 1, "_id" : 1, "lastFailedAt" : 1, "status" : 1 }""",
            """tags_createdAt { "metadata.tags" : 1, "createdAt" : 1, "_id" : 1 }""",
            """words { "words" : 1 }""",
            """createdAt_id { "createdAt" : 1, "_id" : 1 }""",
            """updatedAt_createdAt { "updatedAt" : 1, "createdAt" : 1, "_id" : 1 }""",
            """status_updatedAt { "status" : 1, "updatedAt" : 1, "createdAt" : 1, "_id" : 1 }""",
            """nextRetryUp_createdAt { "nextRetryUp" : 1, "createdAt" : 1, "_id" : 1 }""",
            """nextRetryDown_createdAt { "nextRetryDown" : 1, "createdAt" : 1, "_id" : 1 }""",
            """dlqRetryCount_createdAt { "dlqRetryCount" : 1, "createdAt" : 1, "_id" : 1 }""",
            """closed { "partition" : 1, "status" : 1, "closedAt" : 1 } where { "closedAt" : { "$exists" : true } }""",
            """replays { "replaysEnded" : 1, "replaysDelivered" : 1 } where { "replaysEnded" : { "$gt" : 0 } }""",
        ];
        Assert.Equal(expected, LetterIndexes.Models.Select(model =>
            $"{model.Options.Name} {Render(model)}" + (Partial(model) is { } partial ? $" where {partial.ToJson()}" : "")));
        Assert.Equal("""{ "messageId" : 1 }""", Render(LetterIndexes.UniqueMessageId).ToJson());
        Assert.True(LetterIndexes.UniqueMessageId.Options.Unique);
    }

    private static BsonDocument After(LetterFilter filter, LetterSort sort, bool descending)
    {
        var letter = Letter(1);
        return LetterSearch.After(LetterSearch.Matching(filter), LetterCursor.Of(letter, sort, descending));
    }

    private static void Expect(string expected, BsonDocument asked) => Assert.Equal(BsonDocument.Parse(expected).ToJson(), asked.ToJson());

    private static IEnumerable<string> PageOf(BsonDocument[] stages) =>
        stages[^1]["$facet"]["page"].AsBsonArray.Select(stage => stage.AsBsonDocument.GetElement(0).Name);

    // The fields of letters that a stage reads: texts that begin with a dollar.
    private static HashSet<string> FieldsOf(BsonValue stage) => stage switch
    {
        BsonDocument document => [.. document.Values.SelectMany(FieldsOf)],
        BsonArray array => [.. array.SelectMany(FieldsOf)],
        BsonString { Value: ['$', .. var field] } => [field],
        _ => [],
    };

    private static string[] Keys(CreateIndexModel<BsonDocument> model) => [.. Render(model).Names];

    private static BsonDocument Render(CreateIndexModel<BsonDocument> model) => model.Keys.Render(_rendering);

    private static BsonDocument? Partial(CreateIndexModel<BsonDocument> model) =>
        ((CreateIndexOptions<BsonDocument>)model.Options).PartialFilterExpression?.Render(_rendering);
}
