namespace DlqCluster.Cluster.Mongo;

/// <summary>The names of a stored letter's fields that are searched or sorted by.</summary>
internal static class LetterFields
{
    public const string Id = "_id";
    public const string MessageId = "messageId";
    public const string Partition = "partition";
    public const string Version = "version";
    public const string Status = "status";
    public const string ErrorType = "errorType";
    public const string Fingerprint = "fingerprint";
    public const string DlqRetryCount = "dlqRetryCount";
    public const string CreatedAt = "createdAt";
    public const string UpdatedAt = "updatedAt";
    public const string NextRetryAt = "nextRetryAt";
    public const string LastFailedAt = "lastFailedAt";
    public const string ClosedAt = "closedAt";
    public const string Metadata = "metadata";
    public const string Source = "metadata.source";
    public const string Target = "metadata.target";
    public const string Tags = "metadata.tags";

    /// <summary>Replays that ended, and those of them that delivered; for the statistics.</summary>
    public const string ReplaysEnded = "replaysEnded";
    public const string ReplaysDelivered = "replaysDelivered";

    /// <summary>
    /// The next replay in Unix milliseconds, and the number that comes last where there is none: the greatest going up, the least going
    /// down. MongoDB would put what is lacking first going up.
    /// </summary>
    public const string NextRetryUp = "nextRetryUp";
    public const string NextRetryDown = "nextRetryDown";

    /// <summary>The words that the letter is found by.</summary>
    public const string Words = "words";
}
