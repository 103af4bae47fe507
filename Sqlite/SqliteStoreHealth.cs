namespace DlqCluster.Sqlite;

/// <summary>How the SQLite writer is doing, at one moment.</summary>
public sealed record SqliteStoreHealth
{
    /// <summary>When a commit last succeeded; null when none has yet.</summary>
    public DateTimeOffset? LastCommitAt { get; init; }

    /// <summary>When a commit last failed; null when none has.</summary>
    public DateTimeOffset? LastFailureAt { get; init; }

    /// <summary>What is wrong and what to do, if the newest commit failed; null when all is well.</summary>
    public string? Error { get; init; }

    /// <summary>Commits since the store was opened.</summary>
    public long Commits { get; init; }

    /// <summary>Writes in those commits.</summary>
    public long Operations { get; init; }

    /// <summary>Writes that wait for a commit.</summary>
    public int Waiting { get; init; }
}
