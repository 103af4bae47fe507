namespace DlqCluster.Messages;

/// <summary>What a downstream made of an attempt.</summary>
public sealed record AttemptResult
{
    /// <summary>A delivery with the given status.</summary>
    /// <param name="statusCode">The downstream's status, if it has one.</param>
    public static AttemptResult Delivered(int? statusCode = null) => new() { StatusCode = statusCode };

    /// <summary>A failure: permanent or transient as its type is.</summary>
    /// <param name="type">Why.</param>
    /// <param name="error">In words.</param>
    /// <param name="statusCode">The downstream's status, if it answered.</param>
    public static AttemptResult Failed(ErrorType type, string error, int? statusCode = null) => new()
    {
        Outcome = type.IsPermanent() ? AttemptOutcome.PermanentFailure : AttemptOutcome.TransientFailure,
        ErrorType = type,
        Error = error,
        StatusCode = statusCode,
    };

    /// <summary>How it ended.</summary>
    public AttemptOutcome Outcome { get; init; }

    /// <summary>The downstream's status, if it answered.</summary>
    public int? StatusCode { get; init; }

    /// <summary>Why it failed.</summary>
    public ErrorType ErrorType { get; init; }

    /// <summary>The failure in words.</summary>
    public string? Error { get; init; }

    /// <summary>More of it: the downstream's answer, or the exception.</summary>
    public string? Detail { get; init; }

    /// <summary>How long the downstream asked us to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
