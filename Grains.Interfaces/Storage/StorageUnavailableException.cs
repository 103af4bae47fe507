
namespace DlqCluster.Storage;

/// <summary>
/// A store could not do what was asked: its disk is full or read-only, its server is away, its time ran out. What was asked may or may not
/// have happened; whoever asked must look again or ask again. The message says what an operator can do.
/// </summary>
/// <remarks>It is an <see cref="OrleansException"/> since Orleans wraps whatever else a grain storage throws, and callers would not know it.</remarks>
[GenerateSerializer, Alias("dlq.StorageUnavailableException")]
public sealed class StorageUnavailableException : OrleansException
{
    /// <summary>Makes one without a message.</summary>
    public StorageUnavailableException()
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="message">What failed, and what to do about it.</param>
    public StorageUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="message">What failed, and what to do about it.</param>
    /// <param name="innerException">The store's own error.</param>
    public StorageUnavailableException(string message, Exception? innerException)
        : base(message, innerException!)
    {
    }
}
