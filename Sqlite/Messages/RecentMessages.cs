using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace DlqCluster.Sqlite.Messages;

/// <summary>
/// What finds the newest messages by id and by due time, in memory; and which messages, new or old, are claimed. A claim is not stored: it keeps
/// this process from waking a message twice, and a process that starts has none in hand. The writer's thread changes it; any thread may look, and may see
/// what is just being committed.
/// </summary>
internal sealed class RecentMessages
{
    private static readonly Comparer<RecentMessage> _byDue = Comparer<RecentMessage>.Create(static (one, other) =>
        (one.Place!.Value.DueMs, one.Key).CompareTo((other.Place!.Value.DueMs, other.Key)));

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<MessageKey, RecentMessage> _byId = new();
    private readonly Dictionary<(int Partition, string Lane), SortedSet<RecentMessage>> _lanes = [];
    private readonly Dictionary<(int Partition, string Lane), int> _hidden = [];
    private readonly Dictionary<(int Partition, string Lane), (long DueMs, MessageKey Key)> _claimedUpTo = [];
    private readonly List<RecentMessage> _inOrder = [];

    /// <summary>The newest in the order of arrival; also those that are gone. For the writer's thread.</summary>
    public IReadOnlyList<RecentMessage> InOrder => _inOrder;

    /// <summary>All that are here and stand in a lane, the oldest first. For the writer's thread.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="lane">The lane.</param>
    public IEnumerable<RecentMessage> In(int partition, string lane) => _byId.Values
        .Where(message => message.Place is { } place && place.Partition == partition && place.Lane == lane)
        .OrderBy(static message => message.Seq);

    /// <summary>Finds one by its id.</summary>
    public bool TryGet(MessageKey key, [NotNullWhen(true)] out RecentMessage? message) => _byId.TryGetValue(key, out message);

    /// <summary>Adds the newest.</summary>
    public void Add(RecentMessage message)
    {
        _inOrder.Add(message);
        _byId[message.Key] = message;
        lock (_gate) Enter(message);
    }

    /// <summary>Changes the place of a message's entry, wherever it is stored.</summary>
    public void Move(RecentMessage message, LedgerPlace? to)
    {
        lock (_gate)
        {
            Leave(message);
            message.Place = message.Stored = to;
            message.IsClaimed = false;
            Enter(message);
        }

        if (message.IsIndexed) Drop(message);
    }

    /// <summary>Changes the place of a message's entry here alone.</summary>
    public void Claim(RecentMessage message, LedgerPlace to)
    {
        lock (_gate)
        {
            Leave(message);
            message.Place = to;
            message.IsClaimed = true;
            Enter(message);
        }

        if (message.IsIndexed) _byId[message.Key] = message;
    }

    /// <summary>From now on the message's entry is found by <c>message_dues</c>.</summary>
    public void HandOver(RecentMessage message)
    {
        lock (_gate)
        {
            Leave(message);
            message.HasDue = true;
            Enter(message);
        }
    }

    /// <summary>Takes out a message whose row was deleted.</summary>
    public void Remove(RecentMessage message)
    {
        message.IsGone = true;
        Drop(message);
        lock (_gate) Leave(message);
    }

    /// <summary>Takes out the oldest, which the tables find by now, but for those that are claimed.</summary>
    /// <param name="count">How many.</param>
    public void RemoveOldest(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var message = _inOrder[i];
            message.IsIndexed = true;
            if (!message.IsClaimed) Drop(message);
        }

        _inOrder.RemoveRange(0, count);
    }

    /// <summary>The entries of a lane, earliest first, that are due by a time and that <c>message_dues</c> does not find.</summary>
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

    /// <summary>How many entries <c>message_dues</c> has in a lane that are claimed, and so are not there.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="lane">The lane.</param>
    public int Hidden(int partition, string lane)
    {
        lock (_gate) return _hidden.GetValueOrDefault((partition, lane));
    }

    /// <summary>Up to where all that <c>message_dues</c> has in a lane is claimed, so that nobody need look there.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="lane">The lane.</param>
    public (long DueMs, MessageKey Key) ClaimedUpTo(int partition, string lane)
    {
        lock (_gate) return _claimedUpTo.GetValueOrDefault((partition, lane), (long.MinValue, default));
    }

    /// <summary>All that <c>message_dues</c> has in a lane up to an entry has been claimed.</summary>
    public void NoteClaimed(LedgerPlace last, MessageKey key)
    {
        lock (_gate) _claimedUpTo[(last.Partition, last.Lane)] = (last.DueMs, key);
    }

    /// <summary>An entry is added to <c>message_dues</c>, or changed there.</summary>
    public void NoteChanged(LedgerPlace place, MessageKey key)
    {
        lock (_gate)
        {
            var lane = (place.Partition, place.Lane);
            if (_claimedUpTo.TryGetValue(lane, out var last) && (place.DueMs, key).CompareTo(last) <= 0) _claimedUpTo.Remove(lane);
        }
    }

    /// <summary>Whether a message is claimed.</summary>
    public bool IsClaimed(MessageKey key) => _byId.TryGetValue(key, out var message) && message.IsClaimed;

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

    private static bool IsListed(RecentMessage message) => !message.HasDue || message.IsClaimed;

    private void Drop(RecentMessage message) => _byId.TryRemove(KeyValuePair.Create(message.Key, message));

    private void Enter(RecentMessage message)
    {
        if (!IsListed(message) || message.Place is not { } place) return;
        if (message.HasDue) Hide(message, 1);
        var lane = (place.Partition, place.Lane);
        if (!_lanes.TryGetValue(lane, out var entries)) _lanes[lane] = entries = new SortedSet<RecentMessage>(_byDue);
        entries.Add(message);
    }

    private void Leave(RecentMessage message)
    {
        if (!IsListed(message) || message.Place is not { } place) return;
        var lane = (place.Partition, place.Lane);
        if (!_lanes.TryGetValue(lane, out var entries) || !entries.Remove(message)) return;
        if (entries.Count == 0) _lanes.Remove(lane);
        if (message.HasDue) Hide(message, -1);
    }

    private void Hide(RecentMessage message, int by)
    {
        if (message.Stored is not { } stored) return;
        var lane = (stored.Partition, stored.Lane);
        var count = _hidden.GetValueOrDefault(lane) + by;
        if (count == 0) _hidden.Remove(lane);
        else _hidden[lane] = count;
    }
}
