using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace DlqCluster.Sqlite.Messages;

/// <summary>
/// What finds the newest messages by id and by due time, in memory. The writer's thread changes it; any thread may look, and may see what is
/// just being committed.
/// </summary>
internal sealed class RecentMessages
{
    private static readonly Comparer<RecentMessage> _byDue = Comparer<RecentMessage>.Create(static (one, other) =>
        (one.Place!.Value.DueMs, one.Key).CompareTo((other.Place!.Value.DueMs, other.Key)));

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<MessageKey, RecentMessage> _byId = new();
    private readonly Dictionary<(int Partition, string Lane), SortedSet<RecentMessage>> _lanes = [];
    private readonly List<RecentMessage> _inOrder = [];

    /// <summary>In the order of arrival; also those that are gone. For the writer's thread.</summary>
    public IReadOnlyList<RecentMessage> InOrder => _inOrder;

    /// <summary>Finds one by its id.</summary>
    public bool TryGet(MessageKey key, [NotNullWhen(true)] out RecentMessage? message) => _byId.TryGetValue(key, out message);

    /// <summary>Adds the newest.</summary>
    public void Add(RecentMessage message)
    {
        _inOrder.Add(message);
        _byId[message.Key] = message;
        lock (_gate) Enter(message);
    }

    /// <summary>Changes the place of a message's entry.</summary>
    public void Move(RecentMessage message, LedgerPlace? to)
    {
        lock (_gate)
        {
            Leave(message);
            message.Place = to;
            Enter(message);
        }
    }

    /// <summary>From now on the message's entry is found by <c>message_dues</c>.</summary>
    public void HandOver(RecentMessage message)
    {
        lock (_gate) Leave(message);
        message.HasDue = true;
    }

    /// <summary>Takes out a message whose row was deleted.</summary>
    public void Remove(RecentMessage message)
    {
        message.IsGone = true;
        _byId.TryRemove(KeyValuePair.Create(message.Key, message));
        lock (_gate) Leave(message);
    }

    /// <summary>Takes out the oldest, which the tables find by now.</summary>
    /// <param name="count">How many.</param>
    public void RemoveOldest(int count)
    {
        for (var i = 0; i < count; i++) _byId.TryRemove(KeyValuePair.Create(_inOrder[i].Key, _inOrder[i]));
        _inOrder.RemoveRange(0, count);
    }

    /// <summary>The entries of a lane, earliest first, that are due by a time.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="lane">The lane.</param>
    /// <param name="upToMs">The time, in milliseconds since 1970.</param>
    /// <param name="limit">The most to give.</param>
    public List<RecentMessage> Due(int partition, string lane, long upToMs, int limit)
    {
        lock (_gate)
        {
            return _lanes.TryGetValue((partition, lane), out var entries)
                ? [.. entries.Take(limit).TakeWhile(entry => entry.Place!.Value.DueMs <= upToMs)]
                : [];
        }
    }

    /// <summary>The lanes of a partition that have entries here: how many, and when the earliest is due.</summary>
    public List<(string Lane, long Count, long OldestMs)> Lanes(int partition)
    {
        lock (_gate)
        {
            var lanes = new List<(string, long, long)>();
            foreach (var ((of, lane), entries) in _lanes)
                if (of == partition) lanes.Add((lane, entries.Count, entries.Min!.Place!.Value.DueMs));
            return lanes;
        }
    }

    private void Enter(RecentMessage message)
    {
        if (message.HasDue || message.Place is not { } place) return;
        var lane = (place.Partition, place.Lane);
        if (!_lanes.TryGetValue(lane, out var entries)) _lanes[lane] = entries = new SortedSet<RecentMessage>(_byDue);
        entries.Add(message);
    }

    private void Leave(RecentMessage message)
    {
        if (message.HasDue || message.Place is not { } place) return;
        var lane = (place.Partition, place.Lane);
        if (!_lanes.TryGetValue(lane, out var entries) || !entries.Remove(message)) return;
        if (entries.Count == 0) _lanes.Remove(lane);
    }
}
