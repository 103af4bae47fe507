using DlqCluster.Storage;
using StackExchange.Redis;

namespace DlqCluster.Cluster.Redis;

/// <summary>Says what an operator can do about what Redis, or the way to it, has against an operation.</summary>
internal static class RedisFault
{
    private const string NothingLost = "Nothing that was acknowledged is lost; work goes on by itself afterwards.";

    private const string NoCredentials = "does not take the credentials in Redis:ConnectionString, or wants some where there are none.";

    // Redis begins an error with one of these words. Within a script, or while connecting, it may stand further in.
    private static readonly (string Code, string Advice)[] _advice =
    [
        ("OOM", "has reached its maxmemory and refuses writes: give it more, or let the queue drain. " + NothingLost),
        ("READONLY", "is a replica and takes no writes: a failover is under way, or Redis:ConnectionString names one. " + NothingLost),
        ("MISCONF", "cannot save its data to disk and refuses writes: look at its disk's free space and at its log. " + NothingLost),
        ("LOADING", "is reading its data after a start and answers when it is done."),
        ("CLUSTERDOWN", "reports that its cluster is down: a primary is missing that no replica has replaced. Look at CLUSTER INFO."),
        ("MASTERDOWN", "has lost its primary: wait for the failover, or start the primary again."),
        ("NOREPLICAS", "has too few replicas for min-replicas-to-write: start them again. " + NothingLost),
        ("TRYAGAIN", "is moving these keys to another node; it goes on by itself."),
        ("BUSY", "is busy with a script that runs for too long: look for another program's script, and SCRIPT KILL it."),
        ("NOAUTH", NoCredentials),
        ("WRONGPASS", NoCredentials),
        ("NOPERM", "does not permit this user what is needed: give it all commands on keys that begin with Redis:KeyPrefix."),
        ("WRONGTYPE", "has another program's data under our keys: give each its own Redis:KeyPrefix, or its own Redis."),
    ];

    /// <summary>Whether an error says something about Redis or the way to it.</summary>
    public static bool IsFault(Exception error) => error is RedisException or RedisTimeoutException or ObjectDisposedException;

    /// <summary>The same for whoever waits for the store.</summary>
    /// <param name="error">The client's error.</param>
    /// <param name="endpoints">Where Redis is.</param>
    /// <param name="timeoutMs">How long an operation may take, in milliseconds.</param>
    public static StorageUnavailableException ToUnavailable(Exception error, string endpoints, int timeoutMs) => new(error switch
    {
        ObjectDisposedException => "The connection to Redis is closed: the service is stopping.",
        RedisTimeoutException => $"Redis at {endpoints} did not answer within {timeoutMs} ms (Redis:OperationTimeoutMs): see whether it is "
            + "overloaded (SLOWLOG, INFO commandstats), its disk slow or the network at fault.",
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => $"Redis at {endpoints} {NoCredentials}",
        _ when Advice(error.Message) is { } advice => $"Redis at {endpoints} {advice}",
        RedisServerException => $"Redis at {endpoints} reports an error: {error.Message}",
        _ => $"Redis at {endpoints} cannot be reached: see that it runs, and that Redis:ConnectionString and the network lead to it. "
            + NothingLost,
    }, error);

    private static string? Advice(string message) => Array.Find(_advice, known => HasCode(message, known.Code)).Advice;

    private static bool HasCode(string message, string code) =>
        message.StartsWith(code + ' ', StringComparison.Ordinal)
        || message.Contains($" {code} ", StringComparison.Ordinal)
        || message.Contains($" -{code} ", StringComparison.Ordinal);
}
