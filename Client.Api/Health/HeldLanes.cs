using DlqCluster.Api.Json;
using DlqCluster.Ordering;

namespace DlqCluster.Api.Health;

/// <summary>
/// Knows which ordering keys a dead letter holds up. Many look at it each second: the store is asked once in a while for all of them.
/// </summary>
/// <param name="store">The lanes.</param>
/// <param name="options">How many to look at, and how often.</param>
/// <param name="time">The clock.</param>
internal sealed class HeldLanes(IOrderingStore store, IOptions<OrderingOptions> options, TimeProvider time)
{
    // A hundred long lanes are many rows to count, and a cluster has many partitions to ask: by default as often as the lanes are counted for the metrics.
    private readonly TimeSpan _fresh = TimeSpan.FromMilliseconds(options.Value.HeldCountMs);
    private readonly Lock _lock = new();
    private Task<IReadOnlyList<LaneSummary>>? _last;
    private long _askedAt;

    /// <summary>Counts what they hold up.</summary>
    /// <param name="behind">Messages that wait behind another of their ordering key, whatever it waits for.</param>
    public async Task<OrderingAnswer> CountAsync(long behind)
    {
        var lanes = await ReadAsync();
        var blocked = lanes.Sum(static lane => lane.Length - 1);
        // The two are counted at different moments; the part is never more than the whole.
        return new OrderingAnswer(Math.Max(behind, blocked), lanes.Count, blocked);
    }

    private Task<IReadOnlyList<LaneSummary>> ReadAsync()
    {
        lock (_lock)
        {
            if (_last is null || _last.IsFaulted || time.GetElapsedTime(_askedAt) > _fresh)
                (_last, _askedAt) = (store.ListAsync(new LaneQuery { BlockedOnly = true, Limit = options.Value.MaxHeldCounted }), time.GetTimestamp());
            return _last;
        }
    }
}
