using DlqCluster.Ordering;

namespace DlqCluster.Testing;

/// <summary>
/// Ordering lanes in memory. Operations: <c>ordering.read</c>, <c>ordering.change</c>, <c>ordering.block</c>, <c>ordering.list</c>,
/// <c>ordering.count</c>.
/// </summary>
public sealed class MemoryOrderingStore : MemoryStore, IOrderingStore
{
    private static readonly Comparer<LaneName> _byName = Comparer<LaneName>.Create(static (a, b) =>
        string.CompareOrdinal(a.Target, b.Target) is var order and not 0 ? order : string.CompareOrdinal(a.OrderingKey, b.OrderingKey));

    private readonly SortedDictionary<LaneName, Lane> _lanes = new(_byName);

    /// <inheritdoc/>
    public Task<StoredLane> ReadAsync(LaneName lane) => Do("ordering.read", () =>
        _lanes.TryGetValue(lane, out var found) ? new StoredLane([.. found.Entries], found.Block) : new StoredLane([], null));

    /// <inheritdoc/>
    public Task<bool> ChangeAsync(LaneName lane, LaneChange change) => Do("ordering.change", () =>
    {
        var found = _lanes.GetValueOrDefault(lane) ?? new Lane();
        if ((found.Entries.Count == 0 ? null : (long?)found.Entries.Max.Sequence) != change.ExpectedLast) return false;
        foreach (var entry in change.Removed)
        {
            found.Entries.Remove(entry);
            if (found.Block?.Entry == entry) found.Block = null;
        }

        foreach (var entry in change.Added) found.Entries.Add(entry);
        if (found.Entries.Count == 0) _lanes.Remove(lane);
        else _lanes[lane] = found;
        return true;
    });

    /// <inheritdoc/>
    public Task BlockAsync(LaneName lane, LaneBlock block) => Do("ordering.block", () =>
    {
        if (!_lanes.TryGetValue(lane, out var found) || !found.Entries.Contains(block.Entry)) return false;
        found.Block = block with { Since = DateTimeOffset.FromUnixTimeMilliseconds(block.Since.ToUnixTimeMilliseconds()) };
        return true;
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<LaneSummary>> ListAsync(LaneQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        return Do("ordering.list", IReadOnlyList<LaneSummary> () => [.. _lanes
            .Where(lane => (query.Target is null || lane.Key.Target == query.Target)
                && (!query.BlockedOnly || lane.Value.Block is not null)
                && (query.After is not { } after || _byName.Compare(lane.Key, after) > 0))
            .Take(query.Limit)
            .Select(lane => new LaneSummary(lane.Key, lane.Value.Entries.Count, lane.Value.Entries.Min, lane.Value.Block?.Since))]);
    }

    /// <inheritdoc/>
    public Task<LaneTotals> CountAsync() => Do("ordering.count", () =>
        new LaneTotals(_lanes.Count, _lanes.Values.Count(lane => lane.Block is not null)));

    private sealed class Lane
    {
        public SortedSet<LaneEntry> Entries { get; } = new(Comparer<LaneEntry>.Create(static (a, b) =>
            a.Sequence.CompareTo(b.Sequence) is var order and not 0 ? order : string.CompareOrdinal(a.MessageId.Value, b.MessageId.Value)));

        public LaneBlock? Block { get; set; }
    }
}
