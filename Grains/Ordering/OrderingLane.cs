using System.Diagnostics.CodeAnalysis;
using DlqCluster.Messages;

namespace DlqCluster.Ordering;

/// <summary>
/// A lane in memory: who is in it, in order, and what of that is not stored yet. It decides nothing by a clock and does no input or output.
/// </summary>
internal sealed class OrderingLane
{
    /// <summary>Places that one write adds or gives up at the most.</summary>
    private const int MaxChange = 1_000;

    private readonly LinkedList<LaneEntry> _entries = [];
    private readonly Dictionary<MessageId, LinkedListNode<LaneEntry>> _places = [];
    private readonly List<LaneEntry> _removed = [];
    private long _storedThrough;
    private long _last;

    /// <summary>Takes a lane from the store.</summary>
    public OrderingLane(StoredLane stored)
    {
        foreach (var entry in stored.Entries) Append(entry);
        _storedThrough = _last;
        Block = stored.Block;
    }

    /// <summary>Messages in it.</summary>
    public int Count => _entries.Count;

    /// <summary>The first; null when it is empty.</summary>
    public LaneEntry? Head => _entries.First?.Value;

    /// <summary>What holds it up; null when nothing does.</summary>
    public LaneBlock? Block { get; private set; }

    /// <summary>Whether all of it is stored.</summary>
    public bool IsStored => _removed.Count == 0 && (_entries.Last is null || _entries.Last.Value.Sequence <= _storedThrough);

    /// <summary>The messages, in order.</summary>
    public IEnumerable<MessageId> Messages => _entries.Select(static entry => entry.MessageId);

    /// <summary>Whether a message is in it.</summary>
    public bool Contains(MessageId message) => _places.ContainsKey(message);

    /// <summary>Whether a message is the one behind the first.</summary>
    public bool IsNext(MessageId message) => _entries.First?.Next?.Value.MessageId == message;

    /// <summary>How many are before a message that is in it. Costs time in proportion.</summary>
    public int Ahead(MessageId message) => Messages.TakeWhile(other => other != message).Count();

    /// <summary>Adds a message at the end.</summary>
    /// <param name="message">The message, which is not in the lane.</param>
    /// <param name="now">The time.</param>
    public void Add(MessageId message, DateTimeOffset now)
    {
        var time = (now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        Append(new LaneEntry(Math.Max(time, _last + 1), message));
    }

    /// <summary>Takes a message out.</summary>
    /// <returns>Whether it was in.</returns>
    public bool Remove(MessageId message)
    {
        if (!_places.Remove(message, out var place)) return false;
        if (place.Value.Sequence <= _storedThrough) _removed.Add(place.Value);
        _entries.Remove(place);
        if (Block?.Entry.MessageId == message) Block = null;
        return true;
    }

    /// <summary>Whether a message that is in it has a place in the store.</summary>
    public bool HasStored(MessageId message) => _places.TryGetValue(message, out var place) && place.Value.Sequence <= _storedThrough;

    /// <summary>What would note that a message holds the lane up; false when it is not in the lane or does so already.</summary>
    public bool TryPlanBlock(MessageId message, DateTimeOffset now, [NotNullWhen(true)] out LaneBlock? block)
    {
        block = null;
        if (Block?.Entry.MessageId == message || !_places.TryGetValue(message, out var place)) return false;
        block = new LaneBlock(place.Value, now);
        return true;
    }

    /// <summary>What holds the lane up has been stored.</summary>
    public void Blocked(LaneBlock block)
    {
        if (_places.TryGetValue(block.Entry.MessageId, out var place) && place.Value == block.Entry) Block = block;
    }

    /// <summary>What is to be stored next; null when all is.</summary>
    public LaneChange? NextChange()
    {
        if (IsStored) return null;
        var added = new List<LaneEntry>();
        var place = _entries.Last;
        for (; place?.Value.Sequence > _storedThrough; place = place.Previous) added.Add(place.Value);
        added.Reverse();
        long? last = place?.Value.Sequence;
        foreach (var entry in _removed)
            if (last is null || entry.Sequence > last) last = entry.Sequence;
        return new LaneChange(last, [.. _removed.Take(MaxChange)], [.. added.Take(MaxChange)]);
    }

    /// <summary>A change that <see cref="NextChange"/> gave has been stored.</summary>
    public void Stored(LaneChange change)
    {
        _removed.RemoveRange(0, change.Removed.Count);
        if (change.Added.Count == 0) return;
        _storedThrough = change.Added[^1].Sequence;
        foreach (var entry in change.Added)
        {
            // Who left while it was written has to leave the store too.
            if (!_places.TryGetValue(entry.MessageId, out var place) || place.Value != entry) _removed.Add(entry);
        }
    }

    private void Append(LaneEntry entry)
    {
        _places[entry.MessageId] = _entries.AddLast(entry);
        _last = entry.Sequence;
    }
}
