using DlqCluster.DeadLetters;
using MongoDB.Bson;
using MongoDB.Driver;
using static DlqCluster.Cluster.Mongo.LetterFields;

namespace DlqCluster.Cluster.Mongo;

/// <summary>
/// The indexes of the letters. Every filter and every sort has one, so that no query reads the whole collection. Making them again changes
/// nothing; one whose definition changes gets a new name.
/// </summary>
/// <remarks>
/// There is no text index. It stems words, leaves common ones out, finds letters that have any of the words instead of all, and knows no
/// beginnings of words; the same search would give other letters than the other store. The words that <see cref="LetterWords"/> makes,
/// in an ordinary index, give the same ones.
/// </remarks>
internal static class LetterIndexes
{
    private static readonly BsonDocument _pending = new(Status, LetterStatuses.Name(LetterStatus.Pending));
    private static readonly BsonDocument _processing = new(Status, LetterStatuses.Name(LetterStatus.Processing));
    private static readonly BsonDocument _replayed = new(ReplaysEnded, new BsonDocument("$gt", 0));

    /// <summary>Unique by message. _id holds the same value, and is what a collection is sharded by: <c>{_id: "hashed"}</c>.</summary>
    public static CreateIndexModel<BsonDocument> UniqueMessageId { get; } = new(
        new BsonDocument(MessageId, 1), new CreateIndexOptions<BsonDocument> { Name = "messageId_unique", Unique = true });

    /// <summary>All others.</summary>
    public static IReadOnlyList<CreateIndexModel<BsonDocument>> Models { get; } =
    [
        // What partitions look for. With the status in it, pending letters are counted by partition without reading one.
        Index("pending_due", _pending, Status, Partition, NextRetryAt, Id),
        Index("stuck", _processing, Partition, UpdatedAt, Id),

        // What people filter by, with the order that they see by default; and behind it what groups are counted by.
        Index("status_createdAt", Status, CreatedAt, Id),
        Grouped("errorType_group", ErrorType),
        Index("source_status", Source, Status),
        Grouped("source_group", Source),
        Grouped("target_group", Target),
        Grouped("fingerprint_group", Fingerprint),
        Index("tags_createdAt", Tags, CreatedAt, Id),
        Index("words", Words),

        // What people sort by, where the indexes above do not give it; the statistics and groups are counted along those.
        Index("createdAt_id", CreatedAt, Id),
        Index("updatedAt_createdAt", UpdatedAt, CreatedAt, Id),
        Index("status_updatedAt", Status, UpdatedAt, CreatedAt, Id),
        Index("nextRetryUp_createdAt", NextRetryUp, CreatedAt, Id),
        Index("nextRetryDown_createdAt", NextRetryDown, CreatedAt, Id),
        Index("dlqRetryCount_createdAt", DlqRetryCount, CreatedAt, Id),

        // What retention looks for.
        Index("closed", new BsonDocument(ClosedAt, new BsonDocument("$exists", true)), Partition, Status, ClosedAt),

        // The share of replays that delivered.
        Index("replays", _replayed, ReplaysEnded, ReplaysDelivered),
    ];

    private static CreateIndexModel<BsonDocument> Grouped(string name, string field) =>
        Index(name, field, CreatedAt, Id, LastFailedAt, Status);

    private static CreateIndexModel<BsonDocument> Index(string name, params string[] fields) => Index(name, partial: null, fields);

    private static CreateIndexModel<BsonDocument> Index(string name, BsonDocument? partial, params string[] fields)
    {
        var keys = new BsonDocument(fields.Select(static field => new BsonElement(field, 1)));
        var options = new CreateIndexOptions<BsonDocument> { Name = name, PartialFilterExpression = partial };
        return new CreateIndexModel<BsonDocument>(keys, options);
    }
}
