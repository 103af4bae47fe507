using DlqCluster.Payloads;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Clusters;
using MongoDB.Driver.GridFS;

namespace DlqCluster.Cluster.Mongo;

/// <summary>
/// Payloads in MongoDB's GridFS, in the bucket <c>payloads</c>, each as a file by the name of its key. A file's chunks are stored before the
/// file: so it is there whole or not at all, and a majority has it when it is acknowledged. A payload that is stored again becomes a second
/// file of the same name, for what two writers of one file do to its chunks nobody could tell; they are removed together.
/// </summary>
/// <param name="connection">The connection.</param>
public sealed class GridFsPayloadStore(MongoConnection connection) : IPayloadStore
{
    /// <summary>The bucket's name.</summary>
    public const string Bucket = "payloads";

    private const string Id = "_id";
    private const string FileName = "filename";
    private const string UploadDate = "uploadDate";

    private readonly GridFSBucket _bucket = new(connection.Database, new GridFSBucketOptions { BucketName = Bucket });
    private readonly IMongoCollection<BsonDocument> _files = connection.Database.GetCollection<BsonDocument>(Bucket + ".files");

    /// <inheritdoc/>
    public Task PutAsync(PayloadClaim claim, ReadOnlyMemory<byte> content) => connection.DoAsync((_bucket, claim, content), static async args =>
        await args._bucket.UploadFromBytesAsync(args.claim.Key, args.content.ToArray()).ConfigureAwait(false));

    /// <inheritdoc/>
    public Task<PayloadReading> GetAsync(PayloadClaim claim) => connection.DoAsync((Store: this, claim), static async args =>
    {
        var reading = await args.Store.ReadAsync(args.claim).ConfigureAwait(false);
        if (reading.Condition == PayloadCondition.Whole || !await args.Store.CatchUpAsync(args.claim.Key).ConfigureAwait(false)) return reading;
        return await args.Store.ReadAsync(args.claim).ConfigureAwait(false);
    });

    /// <inheritdoc/>
    public Task RemoveAsync(string key) => connection.DoAsync((_bucket, _files, key), static async args =>
    {
        using var found = await args._files.FindAsync(Named(args.key), new FindOptions<BsonDocument> { Projection = new BsonDocument(Id, 1) }).ConfigureAwait(false);
        foreach (var file in await found.ToListAsync().ConfigureAwait(false)) await DeleteAsync(args._bucket, file[Id].AsObjectId).ConfigureAwait(false);
        return true;
    });

    /// <inheritdoc/>
    public Task<PayloadPage> ListAsync(string? after, DateTimeOffset writtenBefore, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        // In the order of the index that GridFS makes of names and dates.
        var options = new FindOptions<BsonDocument>
        {
            Sort = new BsonDocument { { FileName, 1 }, { UploadDate, 1 } },
            Limit = limit,
            Projection = new BsonDocument { { Id, 0 }, { FileName, 1 }, { UploadDate, 1 } },
            MaxTime = connection.QueryTimeout,
        };
        return connection.DoAsync((_files, after, writtenBefore, options), static async args =>
        {
            using var found = await args._files.FindAsync(After(args.after), args.options).ConfigureAwait(false);
            var files = await found.ToListAsync().ConfigureAwait(false);
            var keys = files.Where(file => file[UploadDate].ToUniversalTime() < args.writtenBefore.UtcDateTime).Select(static file => file[FileName].AsString).Distinct();
            return new PayloadPage([.. keys], files.Count < args.options.Limit ? null : files[^1][FileName].AsString);
        });
    }

    /// <summary>The files behind a name, in the order of names.</summary>
    internal static BsonDocument After(string? key) => key is null ? [] : new BsonDocument(FileName, new BsonDocument("$gt", key));

    /// <summary>The files of a name.</summary>
    internal static BsonDocument Named(string key) => new(FileName, key);

    /// <summary>Whether another server can take over; only there can a read be linearizable.</summary>
    internal static bool CanFailOver(ClusterType type) => type is ClusterType.ReplicaSet or ClusterType.Sharded;

    private async Task<PayloadReading> ReadAsync(PayloadClaim claim)
    {
        try
        {
            return PayloadReading.Of(claim, await _bucket.DownloadAsBytesByNameAsync(claim.Key).ConfigureAwait(false));
        }
        catch (GridFSFileNotFoundException)
        {
            return PayloadReading.Of(claim, null);
        }
        catch (GridFSChunkException)
        {
            return new PayloadReading(PayloadCondition.Damaged, null);
        }
    }

    // A new primary may not know at once how much of what it has a majority has, and then answers with less than was acknowledged. It knows
    // after one linearizable read. A payload that is called lost is lost, so that is asked for first. Gives whether it makes a difference.
    private async Task<bool> CatchUpAsync(string key)
    {
        if (!CanFailOver(connection.Client.Cluster.Description.Type)) return false;
        var options = new FindOptions<BsonDocument> { Limit = 1, Projection = new BsonDocument(Id, 1), MaxTime = connection.QueryTimeout };
        using var found = await _files.WithReadConcern(ReadConcern.Linearizable).FindAsync(Named(key), options).ConfigureAwait(false);
        await found.MoveNextAsync().ConfigureAwait(false);
        return true;
    }

    private static async Task DeleteAsync(GridFSBucket bucket, ObjectId id)
    {
        try
        {
            await bucket.DeleteAsync(id).ConfigureAwait(false);
        }
        catch (GridFSFileNotFoundException)
        {
            // Somebody else was first.
        }
    }
}
