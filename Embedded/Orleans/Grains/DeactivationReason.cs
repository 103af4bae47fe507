namespace Orleans;

/// <summary>Why an activation ends.</summary>
public readonly struct DeactivationReason
{
    /// <summary>Makes one.</summary>
    /// <param name="code">The kind of reason.</param>
    /// <param name="text">The reason in words.</param>
    public DeactivationReason(DeactivationReasonCode code, string text)
        : this(code, null, text)
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="code">The kind of reason.</param>
    /// <param name="exception">What went wrong.</param>
    /// <param name="text">The reason in words.</param>
    public DeactivationReason(DeactivationReasonCode code, Exception? exception, string text)
    {
        ReasonCode = code;
        Exception = exception;
        Description = text;
    }

    /// <summary>The reason in words.</summary>
    public string Description { get; }

    /// <summary>The kind of reason.</summary>
    public DeactivationReasonCode ReasonCode { get; }

    /// <summary>What went wrong, if something did.</summary>
    public Exception? Exception { get; }

    /// <summary>The reason in words.</summary>
    public override string ToString() => Exception is null
        ? $"{ReasonCode}: {Description}"
        : $"{ReasonCode}: {Description} ({Exception.Message})";
}

/// <summary>Kinds of reasons for which an activation ends.</summary>
public enum DeactivationReasonCode : byte
{
    /// <summary>No reason.</summary>
    None = 0,

    /// <summary>The process stops.</summary>
    ShuttingDown = 1,

    /// <summary>It could not be activated.</summary>
    ActivationFailed = 2,

    /// <summary>The cluster's directory failed; never in one process.</summary>
    DirectoryFailure = 3,

    /// <summary>It was idle for long enough.</summary>
    ActivationIdle = 4,

    /// <summary>It no longer answers; never in one process.</summary>
    ActivationUnresponsive = 5,

    /// <summary>The grain has another activation; never in one process.</summary>
    DuplicateActivation = 6,

    /// <summary>A request was of a version that it does not know; never in one process.</summary>
    IncompatibleRequest = 7,

    /// <summary>The grain's own code failed in a way that leaves its state in doubt.</summary>
    ApplicationError = 8,

    /// <summary>The grain's own code asked for it.</summary>
    ApplicationRequested = 9,

    /// <summary>It moves to another silo; never in one process.</summary>
    Migrating = 10,

    /// <summary>The runtime asked for it.</summary>
    RuntimeRequested = 11,

    /// <summary>Memory ran short; never in one process.</summary>
    HighMemoryPressure = 12,
}
