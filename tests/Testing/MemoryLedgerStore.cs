using DlqCluster.Ledger;
using DlqCluster.Messages;

namespace DlqCluster.Testing;

/// <summary>
/// The ledger in memory. Operations: <c>ledger.put</c>, <c>ledger.remove</c>, <c>ledger.claim</c>, <c>ledger.release</c>,
/// <c>ledger.peek</c>, <c>ledger.count</c>, <c>ledger.all</c>.
/// </summary>
public sealed class MemoryLedgerStore : MemoryStore, ILedgerStore
{
    private readonly Dictionary<MessageId, LedgerEntry> _entries = [];

    // Where what is claimed stood before.
    private readonly Dictionary<MessageId, LedgerEntry> _claimed = [];
    private readonly Dictionary<int, SortedDictionary<string, SortedSet<(long DueMs, string Id)>>> _partitions = [];

    /// <summary>All entries, by message id.</summary>
    public Task<IReadOnlyList<LedgerEntry>> AllAsync() => Do("ledger.all", IReadOnlyList<LedgerEntry> () =>
        [.. _entries.Values.OrderBy(entry => entry.MessageId.Value, StringComparer.Ordinal)]);

    /// <summary>As a store does that keeps claims in memory, when its process starts anew: what was claimed is where it was before.</summary>
    public void ForgetClaims()
    {
        foreach (var entry in _claimed.Values) Put(entry);
        _claimed.Clear();
    }

    /// <inheritdoc/>
    public Task PutAsync(LedgerEntry entry) => Do("ledger.put", () => Settle(entry.MessageId) | Put(entry));

    /// <inheritdoc/>
    public Task PutSoonAsync(LedgerEntry entry) => PutAsync(entry);

    /// <inheritdoc/>
    public Task RemoveAsync(int partition, MessageId messageId) => Do("ledger.remove", () =>
        _entries.TryGetValue(messageId, out var entry) && entry.Partition == partition && (Settle(messageId) | Drop(entry)));

    /// <inheritdoc/>
    public Task<IReadOnlyList<MessageId>> ClaimAsync(int partition, string lane, DateTimeOffset upTo, int limit, DateTimeOffset watchUntil)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return Do("ledger.claim", IReadOnlyList<MessageId> () =>
        {
            if (!LanesOf(partition).TryGetValue(lane, out var entries)) return [];
            var last = upTo.ToUnixTimeMilliseconds();
            var taken = entries.TakeWhile(entry => entry.DueMs <= last).Take(limit).Select(entry => new MessageId(entry.Id)).ToList();
            foreach (var id in taken)
            {
                _claimed.TryAdd(id, _entries[id]);
                Put(new LedgerEntry(partition, id, LedgerLanes.Active, watchUntil));
            }

            return taken;
        });
    }

    /// <inheritdoc/>
    public Task<int> ReleaseAsync(int partition, DateTimeOffset now, DateTimeOffset? dueAfter = null) => Do("ledger.release", () =>
    {
        if (!LanesOf(partition).TryGetValue(LedgerLanes.Active, out var entries)) return 0;
        var after = dueAfter?.ToUnixTimeMilliseconds() ?? long.MinValue;
        var all = entries.Where(entry => entry.DueMs > after).ToList();
        foreach (var (_, id) in all) Put(new LedgerEntry(partition, new MessageId(id), LedgerLanes.Active, now));
        foreach (var (id, stored) in _claimed.ToList())
            if (stored.Partition == partition && stored.Lane == LedgerLanes.Active && stored.Due.ToUnixTimeMilliseconds() > after)
                _claimed[id] = stored with { Due = now };
        return all.Count;
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<LaneHead>> PeekAsync(int partition) => Do("ledger.peek", IReadOnlyList<LaneHead> () =>
        [.. LanesOf(partition).Select(lane => new LaneHead(lane.Key, Time(lane.Value.Min.DueMs)))]);

    /// <inheritdoc/>
    public Task<IReadOnlyList<LaneCount>> CountAsync(int partition) => Do("ledger.count", IReadOnlyList<LaneCount> () =>
        [.. LanesOf(partition).Select(lane => new LaneCount(lane.Key, lane.Value.Count, Time(lane.Value.Min.DueMs)))]);

    private static DateTimeOffset Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);

    private static (long DueMs, string Id) Place(LedgerEntry entry) => (entry.Due.ToUnixTimeMilliseconds(), entry.MessageId.Value);

    private bool Settle(MessageId id) => _claimed.Remove(id);

    private bool Put(LedgerEntry entry)
    {
        if (_entries.TryGetValue(entry.MessageId, out var old)) Drop(old);
        _entries[entry.MessageId] = entry;
        var lanes = LanesOf(entry.Partition);
        if (!lanes.TryGetValue(entry.Lane, out var entries))
        {
            lanes[entry.Lane] = entries = new SortedSet<(long DueMs, string Id)>(Comparer<(long DueMs, string Id)>.Create(static (a, b) =>
                a.DueMs.CompareTo(b.DueMs) is var order and not 0 ? order : string.CompareOrdinal(a.Id, b.Id)));
        }

        return entries.Add(Place(entry));
    }

    private bool Drop(LedgerEntry entry)
    {
        var lanes = LanesOf(entry.Partition);
        lanes[entry.Lane].Remove(Place(entry));
        if (lanes[entry.Lane].Count == 0) lanes.Remove(entry.Lane);
        return _entries.Remove(entry.MessageId);
    }

    private SortedDictionary<string, SortedSet<(long DueMs, string Id)>> LanesOf(int partition)
    {
        if (!_partitions.TryGetValue(partition, out var lanes))
        {
            _partitions[partition] = lanes = new SortedDictionary<string, SortedSet<(long DueMs, string Id)>>(StringComparer.Ordinal);
        }

        return lanes;
    }
}
