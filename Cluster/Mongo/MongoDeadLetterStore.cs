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
        var total = await CountAsync(matching).ConfigureAwait(false);
        var skip = cursor is null ? (query.Page - 1L) * query.PageSize : 0;
        if (skip >= total) return new LetterPage([], total, null);

        // One more than asked for tells whether a next page exists.
        var letters = await FindAsync(
            cursor is null ? matching : LetterSearch.After(matching, cursor),
            LetterSearch.Order(query.Sort, query.Descending),
            query.PageSize + 1L,
            skip).ConfigureAwait(false);
        if (letters.Count <= query.PageSize) return new LetterPage(letters, total, null);
        var last = letters[query.PageSize - 1];
        var next = new LetterCursor(query.Sort, query.Descending, LetterCursor.KeyOf(last, query.Sort, query.Descending), last.MessageId);
        return new LetterPage([.. letters.Take(query.PageSize)], total, next.Encode());
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

    // Counting everything goes along an index too, not through the letters.
    private Task<long> CountAsync(BsonDocument matching) => connection.DoAsync((_letters, matching, connection.QueryTimeout), static args =>
        args._letters.CountDocumentsAsync(args.matching, new CountOptions
        {
            MaxTime = args.QueryTimeout,
            Hint = args.matching.ElementCount == 0 ? _anywhere : null,
        }));

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
