using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using MongoDB.Bson;
using MongoDB.Driver;

namespace DlqCluster.Cluster.Mongo;

/// <summary>
/// Dead letters in MongoDB, one document a letter. A write is acknowledged when a majority of the replica set has it in its journal. Times
/// are compared and sorted by the millisecond.
/// </summary>
/// <param name="connection">The connection.</param>
/// <remarks>A page and its total, and the parts of the statistics, are read one after the other, so at different moments.</remarks>
public sealed class MongoDeadLetterStore(MongoConnection connection) : IDeadLetterStore
{
    // They can be many times the letter, and nobody reads them.
    private static readonly BsonDocument _withoutWords = new(LetterFields.Words, 0);

    private static readonly BsonDocument _anywhere = new(LetterFields.Id, 1);

    private readonly IMongoCollection<BsonDocument> _letters = connection.Letters;

    /// <inheritdoc/>
    public Task<Letter?> GetAsync(MessageId messageId) => connection.DoAsync((_letters, messageId), static async args =>
    {
        var byId = new BsonDocument(LetterFields.Id, args.messageId.Value);
        var document = await args._letters.Find(byId).Project<BsonDocument>(_withoutWords).FirstOrDefaultAsync().ConfigureAwait(false);
        return document is null ? null : LetterBson.Read(document);
    });

    /// <inheritdoc/>
    public Task<long?> PutAsync(int partition, Letter letter, long expectedVersion)
    {
        var version = expectedVersion + 1;
        var document = LetterBson.Write(partition, letter with { Version = version });
        return connection.DoAsync((_letters, document, expectedVersion), static args => args.expectedVersion == 0
            ? InsertAsync(args._letters, args.document)
            : ReplaceAsync(args._letters, args.document, args.expectedVersion));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Letter>> DueAsync(int partition, DateTimeOffset now, int limit) =>
        FindAsync(LetterSearch.Due(partition, now), LetterSearch.Earliest(LetterFields.NextRetryAt), limit);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Letter>> StuckAsync(int partition, DateTimeOffset unchangedSince, int limit) =>
        FindAsync(LetterSearch.Stuck(partition, unchangedSince), LetterSearch.Earliest(LetterFields.UpdatedAt), limit);

    /// <inheritdoc/>
    public async Task<LetterPage> QueryAsync(LetterQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.PageSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Page, 1);
        var cursor = query.Cursor is null ? null : LetterCursor.Of(query);
        var matching = LetterSearch.Matching(query.Filter);
        var (total, isExact) = query.WithTotal ? await CountAsync(query.Filter, matching).ConfigureAwait(false) : (0, true);
        var skip = cursor is null ? (query.Page - 1L) * query.PageSize : 0;
        if (query.WithTotal && isExact && skip >= total) return new LetterPage([], total, null);

        // One more than asked for tells whether a next page exists.
        var letters = await FindAsync(
            cursor is null ? matching : LetterSearch.After(matching, cursor),
            LetterSearch.Order(query.Sort, query.Descending),
            query.PageSize + 1L,
            skip).ConfigureAwait(false);
        if (letters.Count <= query.PageSize) return new LetterPage(letters, total, null, isExact);
        var last = letters[query.PageSize - 1];
        var next = LetterCursor.Of(last, query.Sort, query.Descending);
        return new LetterPage([.. letters.Take(query.PageSize)], total, next.Encode(), isExact);
    }

    /// <inheritdoc/>
    public Task<LetterStats> StatsAsync() =>
        connection.DoAsync(connection, static connection => LetterNumbers.ReadAsync(connection.Letters, connection.QueryTimeout));

    /// <inheritdoc/>
    public Task<IReadOnlyList<LetterPlace>> SelectAsync(LetterSelection selection, string target, LetterPlace? after, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var matching = LetterSearch.Following(LetterSearch.Within(selection), target, after);
        return connection.DoAsync((_letters, connection.QueryTimeout, matching, limit), static args =>
            LetterSelections.NextAsync(args._letters, args.QueryTimeout, args.matching, args.limit));
    }

    /// <inheritdoc/>
    public Task<SelectionTally> TallyAsync(LetterSelection selection, int targets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(targets, 1);
        return connection.DoAsync((_letters, connection.QueryTimeout, matching: LetterSearch.Within(selection), targets), static args =>
            LetterSelections.TallyAsync(args._letters, args.QueryTimeout, args.matching, args.targets));
    }

    /// <inheritdoc/>
    public Task<int> PurgeAsync(int partition, DateTimeOffset resolvedBefore, DateTimeOffset failedBefore, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return connection.DoAsync((_letters, partition, resolvedBefore, failedBefore, limit, connection.QueryTimeout), static async args =>
        {
            var resolved = LetterSearch.Closed(args.partition, LetterStatus.Resolved, args.resolvedBefore);
            var removed = await RemoveAsync(args._letters, resolved, args.limit, args.QueryTimeout).ConfigureAwait(false);
            if (removed >= args.limit) return removed;
            var failed = LetterSearch.Closed(args.partition, LetterStatus.Failed, args.failedBefore);
            return removed + await RemoveAsync(args._letters, failed, args.limit - removed, args.QueryTimeout).ConfigureAwait(false);
        });
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<int, long>> PendingByPartitionAsync() =>
        connection.DoAsync(connection, static connection => LetterNumbers.PendingAsync(connection.Letters, connection.QueryTimeout));

    // What makes a letter removable is asked again with the removal: one that has changed in between stays.
    private static async Task<int> RemoveAsync(IMongoCollection<BsonDocument> letters, BsonDocument closed, int limit, TimeSpan patience)
    {
        var options = new FindOptions<BsonDocument>
        {
            Sort = new BsonDocument(LetterFields.ClosedAt, 1),
            Limit = limit,
            MaxTime = patience,
            Projection = new BsonDocument(LetterFields.Id, 1),
        };
        using var found = await letters.FindAsync(closed, options).ConfigureAwait(false);
        var ids = (await found.ToListAsync().ConfigureAwait(false)).Select(static document => document[LetterFields.Id]).ToList();
        if (ids.Count == 0) return 0;
        var still = new BsonDocument("$and", new BsonArray { new BsonDocument(LetterFields.Id, new BsonDocument("$in", new BsonArray(ids))), closed });
        return (int)(await letters.DeleteManyAsync(still).ConfigureAwait(false)).DeletedCount;
    }

    private static async Task<long?> InsertAsync(IMongoCollection<BsonDocument> letters, BsonDocument document)
    {
        try
        {
            await letters.InsertOneAsync(document).ConfigureAwait(false);
            return document.Int64(LetterFields.Version);
        }
        catch (MongoWriteException error) when (MongoFault.IsDuplicate(error))
        {
            return null;
        }
    }

    private static async Task<long?> ReplaceAsync(IMongoCollection<BsonDocument> letters, BsonDocument document, long expectedVersion)
    {
        var unchanged = new BsonDocument { { LetterFields.Id, document[LetterFields.Id] }, { LetterFields.Version, expectedVersion } };
        var result = await letters.ReplaceOneAsync(unchanged, document).ConfigureAwait(false);
        return result.MatchedCount == 0 ? null : document.Int64(LetterFields.Version);
    }

    // Counting everything goes along an index too, not through the letters. What one index alone counts is counted to its end.
    private Task<(long Total, bool IsExact)> CountAsync(LetterFilter filter, BsonDocument matching) =>
        connection.DoAsync((_letters, filter, matching, connection.QueryTimeout), static async args =>
        {
            var isOneIndex = args.matching.Names.All(static name => name is LetterFields.Status or LetterFields.Source)
                || (args.matching.ElementCount == 1 && args.filter is { Tag: null, Text: null, From: null, To: null });
            var options = new CountOptions
            {
                MaxTime = args.QueryTimeout,
                Hint = args.matching.ElementCount == 0 ? _anywhere : null,
                Limit = isOneIndex ? null : LetterQuery.MaxCounted + 1,
            };
            var count = await args._letters.CountDocumentsAsync(args.matching, options).ConfigureAwait(false);
            return isOneIndex ? (count, true) : (Math.Min(count, LetterQuery.MaxCounted), count <= LetterQuery.MaxCounted);
        });

    private Task<IReadOnlyList<Letter>> FindAsync(BsonDocument matching, BsonDocument order, long limit, long skip = 0)
    {
        var options = new FindOptions<BsonDocument>
        {
            Sort = order,
            Limit = (int)Math.Min(limit, int.MaxValue),
            Skip = (int)Math.Min(skip, int.MaxValue),
            Projection = _withoutWords,
            MaxTime = connection.QueryTimeout,
            // For the few sorts that no index gives together with the filter.
            AllowDiskUse = true,
        };
        return connection.DoAsync((_letters, matching, options), static async Task<IReadOnlyList<Letter>> (args) =>
        {
            using var found = await args._letters.FindAsync(args.matching, args.options).ConfigureAwait(false);
            var documents = await found.ToListAsync().ConfigureAwait(false);
            return [.. documents.Select(LetterBson.Read)];
        });
    }
}
