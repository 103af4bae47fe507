using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using MongoDB.Bson;
using MongoDB.Driver;
using static DlqCluster.Cluster.Mongo.LetterFields;

namespace DlqCluster.Cluster.Mongo;

/// <summary>What replay jobs read: places and counts, never a letter itself.</summary>
internal static class LetterSelections
{
    private const string Count = "count";

    /// <summary>The next letters of one downstream.</summary>
    public static async Task<IReadOnlyList<LetterPlace>> NextAsync(
        IMongoCollection<BsonDocument> letters, TimeSpan patience, BsonDocument matching, int limit)
    {
        var options = new FindOptions<BsonDocument>
        {
            Sort = LetterSearch.Earliest(CreatedAt),
            Limit = limit,
            MaxTime = patience,
            Projection = new BsonDocument { { CreatedAt, 1 }, { Id, 1 } },
        };
        using var found = await letters.FindAsync(matching, options).ConfigureAwait(false);
        var documents = await found.ToListAsync().ConfigureAwait(false);
        return [.. documents.Select(static document => new LetterPlace(document.Time(CreatedAt) ?? default, new MessageId(document.Text(Id)!)))];
    }

    /// <summary>How many letters there are, by downstream and by error type.</summary>
    public static async Task<SelectionTally> TallyAsync(
        IMongoCollection<BsonDocument> letters, TimeSpan patience, BsonDocument matching, int targets)
    {
        var byTarget = await CountAsync(letters, patience, ByTarget(matching, targets)).ConfigureAwait(false);
        return new SelectionTally(byTarget, await CountAsync(letters, patience, ByErrorType(matching)).ConfigureAwait(false));
    }

    /// <summary>Letters by downstream, by name.</summary>
    internal static BsonDocument[] ByTarget(BsonDocument matching, int targets) =>
        [.. Grouped(matching, Target), new("$sort", new BsonDocument(Id, 1)), new("$limit", targets)];

    /// <summary>Letters by error type, most frequent first.</summary>
    internal static BsonDocument[] ByErrorType(BsonDocument matching) =>
        [.. Grouped(matching, LetterFields.ErrorType), new("$sort", new BsonDocument { { Count, -1 }, { Id, 1 } })];

    private static BsonDocument[] Grouped(BsonDocument matching, string field) =>
    [
        new("$match", matching),
        new("$group", new BsonDocument { { Id, "$" + field }, { Count, new BsonDocument("$sum", 1) } }),
    ];

    private static async Task<List<NamedCount>> CountAsync(IMongoCollection<BsonDocument> letters, TimeSpan patience, BsonDocument[] stages)
    {
        var options = new AggregateOptions { AllowDiskUse = true, MaxTime = patience };
        using var rows = await letters.AggregateAsync<BsonDocument>(stages, options).ConfigureAwait(false);
        var documents = await rows.ToListAsync().ConfigureAwait(false);
        return [.. documents.Select(static row => new NamedCount(row.Text(Id) ?? "", row.Int64(Count) ?? 0))];
    }
}
