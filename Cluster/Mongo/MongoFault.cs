using DlqCluster.Storage;
using MongoDB.Driver;

namespace DlqCluster.Cluster.Mongo;

/// <summary>Says what an operator can do about what MongoDB, or the way to it, has against an operation.</summary>
internal static class MongoFault
{
    /// <summary>MongoDB's code for an index that the collection cannot have.</summary>
    public const int CannotCreateIndex = 67;

    private const int Unauthorized = 13;
    private const int AuthenticationFailed = 18;
    private const int IndexOptionsConflict = 85;
    private const int IndexKeySpecsConflict = 86;
    private const int DocumentTooLarge = 10_334;
    private const int DuplicateKey = 11_000;
    private const int OutOfDiskSpace = 14_031;
    private const int DocumentTooLargeForUpdate = 17_419;
    private const int DocumentTooLargeForInsert = 17_420;
    private const string NothingLost = "Nothing that was acknowledged is lost; work goes on by itself afterwards.";

    /// <summary>Whether an error says something about MongoDB, the way to it, or what it can store.</summary>
    public static bool IsFault(Exception error) =>
        error is MongoException or TimeoutException or ObjectDisposedException || IsTooLarge(error);

    /// <summary>Whether a write failed because the letter is there already.</summary>
    public static bool IsDuplicate(MongoWriteException error) => error.WriteError?.Category == ServerErrorCategory.DuplicateKey;

    /// <summary>The same for whoever waits for the store.</summary>
    /// <param name="error">The driver's error.</param>
    /// <param name="endpoints">Where MongoDB is.</param>
    public static StorageUnavailableException ToUnavailable(Exception error, string endpoints) => new(error switch
    {
        ObjectDisposedException => "The connection to MongoDB is closed: the service is stopping.",
        _ when IsTooLarge(error) => "A letter is larger than the 16 MiB that MongoDB stores: lower Dlq:MaxReplaysKept or "
            + "Ingest:MaxBodyBytes.",
        MongoAuthenticationException => $"MongoDB at {endpoints} refuses the credentials in Mongo:ConnectionString.",
        MongoExecutionTimeoutException => $"MongoDB at {endpoints} gave up on a search that took too long: narrow it with a filter, or "
            + "raise Mongo:QueryTimeoutMs.",
        MongoNotPrimaryException or MongoNodeIsRecoveringException => $"MongoDB at {endpoints} has no primary at the moment: a failover is "
            + "under way. " + NothingLost,
        MongoWriteConcernException or MongoWriteException { WriteError: null } or MongoBulkWriteException { WriteErrors.Count: 0 } =>
            $"MongoDB at {endpoints} could not bring a write to a majority of the replica set in time: see that its members run and keep up "
            + "(rs.status()). " + NothingLost,
        MongoCommandException refused => $"MongoDB at {endpoints} {OfServer(refused.Code, refused.ErrorMessage)}",
        MongoWriteException refused => $"MongoDB at {endpoints} {OfServer(refused.WriteError.Code, refused.WriteError.Message)}",
        MongoWaitQueueFullException => $"More waits for MongoDB at {endpoints} than Mongo:MaxWaiting: see whether it keeps up. " + NothingLost,
        TimeoutException when IsOfPool(error) => $"MongoDB at {endpoints} has more to do than it gets done: nothing became free of "
            + "Mongo:MaxConnections connections within Mongo:OperationTimeoutMs. " + NothingLost,
        TimeoutException or MongoConnectionException or MongoConnectionPoolPausedException => $"MongoDB at {endpoints} cannot be reached, or has no primary: see that it runs, "
            + "and that Mongo:ConnectionString and the network lead to it. " + NothingLost,
        _ => $"MongoDB at {endpoints} reports an error: {error.Message}",
    }, error);

    private static string OfServer(int code, string? message) => code switch
    {
        Unauthorized or AuthenticationFailed => "does not permit this user what is needed: give it the role readWrite on Mongo:Database.",
        OutOfDiskSpace => "has no disk space left: free some. " + NothingLost,
        IndexOptionsConflict or IndexKeySpecsConflict => "has an index of our name that is another one: drop it, and it is made anew at "
            + $"the next start. ({message})",
        DuplicateKey => $"holds what contradicts one of our unique indexes: {message}",
        _ => $"reports error {code}: {message}",
    };

    // The driver has one exception for both, and tells them apart in words.
    private static bool IsOfPool(Exception error) =>
        error.Message.Contains("waiting for a connection", StringComparison.Ordinal) || error.Message.Contains("connecting queue", StringComparison.Ordinal);

    // The driver finds most of them before they are sent.
    private static bool IsTooLarge(Exception error) => error switch
    {
        MongoCommandException refused => IsTooLarge(refused.Code),
        MongoWriteException refused => IsTooLarge(refused.WriteError?.Code ?? 0),
        FormatException => error.Message.Contains("MaxDocumentSize", StringComparison.Ordinal)
            || error.Message.Contains("larger than", StringComparison.Ordinal),
        _ => false,
    };

    private static bool IsTooLarge(int code) => code is DocumentTooLarge or DocumentTooLargeForUpdate or DocumentTooLargeForInsert;
}
