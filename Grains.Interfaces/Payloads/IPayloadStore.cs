namespace DlqCluster.Payloads;

/// <summary>How a payload was found.</summary>
public enum PayloadCondition
{
    /// <summary>It is there, byte for byte.</summary>
    Whole,

    /// <summary>There is nothing under its key.</summary>
    Missing,

    /// <summary>What is there is not what was stored.</summary>
    Damaged,
}

/// <summary>A payload that was read.</summary>
/// <param name="Condition">How it was found.</param>
/// <param name="Content">Its bytes, when it is whole.</param>
public readonly record struct PayloadReading(PayloadCondition Condition, byte[]? Content)
{
    /// <summary>Checks what was found against its claim.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="content">What was found; null for nothing.</param>
    public static PayloadReading Of(PayloadClaim claim, byte[]? content)
    {
        if (content is null) return new PayloadReading(PayloadCondition.Missing, null);
        return claim.Matches(content) ? new PayloadReading(PayloadCondition.Whole, content) : new PayloadReading(PayloadCondition.Damaged, null);
    }
}

/// <summary>Some of the keys of a payload store.</summary>
/// <param name="Keys">Those that were written early enough.</param>
/// <param name="Next">Where to go on; null when that was the end.</param>
public sealed record PayloadPage(IReadOnlyList<string> Keys, string? Next);

/// <summary>
/// Durable storage of large payloads, so that grain state carries only a claim of them. A payload never changes; only its message's grain
/// stores and removes it.
/// </summary>
public interface IPayloadStore
{
    /// <summary>Stores a payload. When this ends it is durable, whole. Storing it again changes nothing.</summary>
    /// <param name="claim">Its claim.</param>
    /// <param name="content">Its bytes.</param>
    /// <exception cref="Storage.StorageUnavailableException">It is not known whether it was stored.</exception>
    Task PutAsync(PayloadClaim claim, ReadOnlyMemory<byte> content);

    /// <summary>Reads a payload, and checks that it is what was stored.</summary>
    /// <param name="claim">Its claim.</param>
    /// <exception cref="Storage.StorageUnavailableException">The store did not answer.</exception>
    Task<PayloadReading> GetAsync(PayloadClaim claim);

    /// <summary>Removes a payload. To remove what is not there is no error.</summary>
    /// <param name="key">Its key.</param>
    /// <exception cref="Storage.StorageUnavailableException">It is not known whether it was removed.</exception>
    Task RemoveAsync(string key);

    /// <summary>Looks at the keys of the store, in an order of its own, so many at a time.</summary>
    /// <param name="after">The <see cref="PayloadPage.Next"/> of the page before; null for the first.</param>
    /// <param name="writtenBefore">Only what was stored before this.</param>
    /// <param name="limit">The most keys to look at, at least 1.</param>
    /// <exception cref="Storage.StorageUnavailableException">The store did not answer.</exception>
    Task<PayloadPage> ListAsync(string? after, DateTimeOffset writtenBefore, int limit);
}
