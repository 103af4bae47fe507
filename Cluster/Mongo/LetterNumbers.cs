using DlqCluster.DeadLetters;
using MongoDB.Bson;
using MongoDB.Driver;
using static DlqCluster.Cluster.Mongo.LetterFields;

namespace DlqCluster.Cluster.Mongo;

/// <summary>
/// The queue in numbers. Each is counted along an index, without touching a letter, answers with a bounded number of rows, and is given up
/// when it takes too long.
/// </summary>
internal static class LetterNumbers
{
    private const int TopErrorTypes = 10;
    private const int TopSources = 50;
    private const string Count = "count";
    private const string Ended = "ended";
    private const string Delivered = "delivered";

    private static readonly BsonDocument _pending = new(Status, LetterStatuses.Name(LetterStatus.Pending));

    /// <summary>Reads them.</summary>
    /// <param name="letters">The letters.</param>
    /// <param name="patience">How long each part may take.</param>
    public static async Task<LetterStats> ReadAsync(IMongoCollection<BsonDocument> letters, TimeSpan patience)
    {
        var byStatus = Enum.GetValues<LetterStatus>().ToDictionary(static status => status, static _ => 0L);
        foreach (var (name, count) in await TopAsync(letters, patience, Status, byStatus.Count).ConfigureAwait(false))
        {
            if (LetterStatuses.TryParse(name, out var status)) byStatus[status] = count;
        }

        var errorTypes = await TopAsync(letters, patience, ErrorType, TopErrorTypes).ConfigureAwait(false);
        var sources = await TopAsync(letters, patience, Source, TopSources).ConfigureAwait(false);
        return new LetterStats
        {
            Total = byStatus.Values.Sum(),
            ByStatus = byStatus,
            TopErrorTypes = errorTypes,
            BySource = sources,
            ReplaySuccessRate = await SuccessRateAsync(letters, patience).ConfigureAwait(false),
            OldestPending = await OldestPendingAsync(letters, patience).ConfigureAwait(false),
        };
    }

    /// <summary>Pending letters by partition.</summary>
    /// <param name="letters">The letters.</param>
    /// <param name="patience">How long it may take.</param>
    public static async Task<IReadOnlyDictionary<int, long>> PendingAsync(IMongoCollection<BsonDocument> letters, TimeSpan patience)
    {
        var rows = await RunAsync(letters, patience, Pending()).ConfigureAwait(false);
        return rows.ToDictionary(static row => row.Int32(Id) ?? 0, static row => row.Int64(Count) ?? 0);
    }

    /// <summary>The most frequent values of a field, of equally frequent ones the first. The sort leads along the field's index.</summary>
    internal static BsonDocument[] Top(string field, int limit) =>
    [
        new("$sort", new BsonDocument(field, 1)),
        new("$group", new BsonDocument { { Id, "$" + field }, { Count, new BsonDocument("$sum", 1) } }),
        new("$sort", new BsonDocument { { Count, -1 }, { Id, 1 } }),
        new("$limit", limit),
    ];

    /// <summary>The pending letters of each partition.</summary>
    internal static BsonDocument[] Pending() =>
    [
        new("$match", _pending),
        new("$group", new BsonDocument { { Id, "$" + Partition }, { Count, new BsonDocument("$sum", 1) } }),
    ];

    /// <summary>The replays that ended, and those that delivered.</summary>
    internal static BsonDocument[] Replays() =>
    [
        new("$match", new BsonDocument(ReplaysEnded, new BsonDocument("$gt", 0))),
        new("$group", new BsonDocument
        {
            { Id, BsonNull.Value },
            { Ended, new BsonDocument("$sum", "$" + ReplaysEnded) },
            { Delivered, new BsonDocument("$sum", "$" + ReplaysDelivered) },
        }),
    ];

    private static async Task<List<NamedCount>> TopAsync(
        IMongoCollection<BsonDocument> letters, TimeSpan patience, string field, int limit)
    {
        var rows = await RunAsync(letters, patience, Top(field, limit)).ConfigureAwait(false);
        return [.. rows.Select(static row => new NamedCount(row.Text(Id) ?? "", row.Int64(Count) ?? 0))];
    }

    private static async Task<double?> SuccessRateAsync(IMongoCollection<BsonDocument> letters, TimeSpan patience)
    {
        var rows = await RunAsync(letters, patience, Replays()).ConfigureAwait(false);
        return rows is [var row, ..] && row.Int64(Ended) is > 0 and var ended ? (double)(row.Int64(Delivered) ?? 0) / ended : null;
    }

    private static async Task<DateTimeOffset?> OldestPendingAsync(IMongoCollection<BsonDocument> letters, TimeSpan patience)
    {
        var options = new FindOptions<BsonDocument>
        {
            Sort = LetterSearch.Earliest(CreatedAt),
            Limit = 1,
            MaxTime = patience,
            Projection = new BsonDocument { { CreatedAt, 1 }, { Id, 0 } },
        };
        using var found = await letters.FindAsync(_pending, options).ConfigureAwait(false);
        return (await found.FirstOrDefaultAsync().ConfigureAwait(false))?.Time(CreatedAt);
    }

    private static async Task<List<BsonDocument>> RunAsync(IMongoCollection<BsonDocument> letters, TimeSpan patience, BsonDocument[] stages)
    {
        var options = new AggregateOptions { AllowDiskUse = true, MaxTime = patience };
        using var rows = await letters.AggregateAsync<BsonDocument>(stages, options).ConfigureAwait(false);
        return await rows.ToListAsync().ConfigureAwait(false);
    }
}
