using DlqCluster.Payloads;

namespace DlqCluster.Testing;

/// <summary>Payloads in memory. Operations: <c>payload.put</c>, <c>payload.get</c>, <c>payload.remove</c>, <c>payload.list</c>.</summary>
/// <param name="time">The clock.</param>
public sealed class MemoryPayloadStore(TimeProvider time) : MemoryStore, IPayloadStore
{
    private readonly SortedDictionary<string, (byte[] Content, DateTimeOffset At)> _payloads = new(StringComparer.Ordinal);

    /// <summary>The keys of all payloads, in order.</summary>
    public IReadOnlyCollection<string> Keys => _payloads.Keys;

    /// <inheritdoc/>
    public Task PutAsync(PayloadClaim claim, ReadOnlyMemory<byte> content) => Do("payload.put", () =>
        _payloads[claim.Key] = (content.ToArray(), time.GetUtcNow()));

    /// <inheritdoc/>
    public Task<PayloadReading> GetAsync(PayloadClaim claim) => Do("payload.get", () =>
        PayloadReading.Of(claim, _payloads.TryGetValue(claim.Key, out var found) ? [.. found.Content] : null));

    /// <inheritdoc/>
    public Task RemoveAsync(string key) => Do("payload.remove", () => _payloads.Remove(key));

    /// <inheritdoc/>
    public Task<PayloadPage> ListAsync(string? after, DateTimeOffset writtenBefore, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return Do("payload.list", () =>
        {
            var seen = _payloads.Where(payload => string.CompareOrdinal(payload.Key, after) > 0).Take(limit).ToList();
            return new PayloadPage([.. seen.Where(payload => payload.Value.At < writtenBefore).Select(payload => payload.Key)], seen.Count < limit ? null : seen[^1].Key);
        });
    }

    /// <summary>Changes what is stored, as a failing disk does.</summary>
    /// <param name="key">Which.</param>
    /// <param name="change">Makes the damaged content.</param>
    public void Damage(string key, Func<byte[], byte[]> change) => _payloads[key] = (change(_payloads[key].Content), _payloads[key].At);
}
