using DlqCluster.Audit;
using MongoDB.Bson;
using MongoDB.Driver;

namespace DlqCluster.Cluster.Mongo;

/// <summary>
/// The record of operators' acts in MongoDB, one document an act. A write is acknowledged when a majority of the replica set has it in its
/// journal.
/// </summary>
/// <param name="connection">The connection.</param>
public sealed class MongoAuditLog(MongoConnection connection) : IAuditLog
{
    private static readonly BsonDocument _newestFirst = new(AuditBson.Id, -1);
    private static readonly BsonDocument _oldestFirst = new(AuditBson.Id, 1);

    private readonly IMongoCollection<BsonDocument> _audit = connection.Audit;

    /// <inheritdoc/>
    public Task AppendAsync(AuditEntry entry) => connection.DoAsync((_audit, document: AuditBson.Write(entry)), static async args =>
    {
        try
        {
            await args._audit.InsertOneAsync(args.document).ConfigureAwait(false);
            return true;
        }
        catch (MongoWriteException error) when (MongoFault.IsDuplicate(error))
        {
            return false;
        }
    });

    /// <inheritdoc/>
    public Task<bool> CompleteAsync(AuditEntry entry) => connection.DoAsync((_audit, entry), static async args =>
    {
        var (open, change) = AuditBson.Completion(args.entry);
        var result = await args._audit.UpdateOneAsync(open, change).ConfigureAwait(false);
        return result.ModifiedCount > 0;
    });

    /// <inheritdoc/>
    public Task<AuditPage> QueryAsync(AuditQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.PageSize, 1);
        var options = new FindOptions<BsonDocument> { Sort = _newestFirst, Limit = query.PageSize + 1, MaxTime = connection.QueryTimeout };
        return connection.DoAsync((_audit, query, options), static async args =>
        {
            using var found = await args._audit.FindAsync(AuditBson.Matching(args.query), args.options).ConfigureAwait(false);
            var entries = (await found.ToListAsync().ConfigureAwait(false)).ConvertAll(AuditBson.Read);
            if (entries.Count <= args.query.PageSize) return new AuditPage(entries, null);
            entries.RemoveAt(args.query.PageSize);
            return new AuditPage(entries, entries[^1].Id);
        });
    }

    /// <inheritdoc/>
    public Task<int> PurgeAsync(DateTimeOffset before, long keep, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return connection.DoAsync((_audit, before, keep, limit), static async args =>
        {
            // From the collection's own count, which costs nothing; after a crash of MongoDB it may be off by a little.
            var count = await args._audit.EstimatedDocumentCountAsync().ConfigureAwait(false);
            var excess = (int)Math.Clamp(count - args.keep, 0, args.limit);
            var removed = excess == 0 ? 0 : await RemoveAsync(args._audit, [], excess).ConfigureAwait(false);
            var rest = args.limit - (int)removed;
            if (rest > 0) removed += await RemoveAsync(args._audit, AuditBson.OlderThan(args.before), rest).ConfigureAwait(false);
            return (int)removed;
        });
    }

    private static async Task<long> RemoveAsync(IMongoCollection<BsonDocument> audit, BsonDocument which, int limit)
    {
        var options = new FindOptions<BsonDocument> { Sort = _oldestFirst, Limit = limit, Projection = new BsonDocument(AuditBson.Id, 1) };
        using var found = await audit.FindAsync(which, options).ConfigureAwait(false);
        var ids = (await found.ToListAsync().ConfigureAwait(false)).Select(static document => document[AuditBson.Id]).ToList();
        if (ids.Count == 0) return 0;
        var oldest = new BsonDocument(AuditBson.Id, new BsonDocument("$in", new BsonArray(ids)));
        return (await audit.DeleteManyAsync(oldest).ConfigureAwait(false)).DeletedCount;
    }
}
