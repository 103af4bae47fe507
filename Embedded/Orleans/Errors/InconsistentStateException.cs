using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>
/// A store's record is not the one that the grain knows. When this escapes from a grain's method, the activation ends, so that the next one
/// reads the state anew.
/// </summary>
[GenerateSerializer]
public class InconsistentStateException : OrleansException
{
    /// <summary>Makes one without a message.</summary>
    public InconsistentStateException()
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="message">What went wrong.</param>
    public InconsistentStateException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">Why.</param>
    public InconsistentStateException(string message, Exception? innerException)
        : base(message, innerException!)
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="errorMsg">What went wrong.</param>
    /// <param name="storedEtag">The record's etag.</param>
    /// <param name="currentEtag">The etag that the grain knows.</param>
    /// <param name="storageException">What the store said.</param>
    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag, Exception? storageException)
        : base(errorMsg, storageException!)
    {
        StoredEtag = storedEtag;
        CurrentEtag = currentEtag;
    }

    /// <summary>Makes one.</summary>
    /// <param name="errorMsg">What went wrong.</param>
    /// <param name="storedEtag">The record's etag.</param>
    /// <param name="currentEtag">The etag that the grain knows.</param>
    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag)
        : this(errorMsg, storedEtag, currentEtag, null)
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="storedEtag">The record's etag.</param>
    /// <param name="currentEtag">The etag that the grain knows.</param>
    /// <param name="storageException">What the store said.</param>
    public InconsistentStateException(string? storedEtag, string? currentEtag, Exception storageException)
        : this(storageException.Message, storedEtag, currentEtag, storageException)
    {
    }

    /// <summary>The record's etag.</summary>
    [Id(1)]
    public string? StoredEtag { get; private set; }

    /// <summary>The etag that the grain knows.</summary>
    [Id(2)]
    public string? CurrentEtag { get; private set; }

    /// <summary>Whether it has not yet left the activation whose state it is about; only that activation ends.</summary>
    internal bool IsSourceActivation { get; set; } = true;

    /// <inheritdoc/>
    public override string ToString() => $"{base.ToString()} (etag in the store: {StoredEtag}, etag known to the grain: {CurrentEtag})";
}
