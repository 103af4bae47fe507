using DlqCluster.Messages;

namespace DlqCluster.Ordering;

/// <summary>One message's place in a lane.</summary>
/// <param name="Sequence">Greater than that of every message before it: microseconds since 1970 when it joined, pushed on where that does
/// not suffice. No other place ever has it with the same message.</param>
/// <param name="MessageId">The message.</param>
public readonly record struct LaneEntry(long Sequence, MessageId MessageId)
{
    /// <summary>When it joined.</summary>
    public DateTimeOffset JoinedAt => DateTimeOffset.UnixEpoch.AddTicks(Sequence * TimeSpan.TicksPerMicrosecond);
}

/// <summary>What holds a lane up: a message that was dead-lettered.</summary>
/// <param name="Entry">Its place.</param>
/// <param name="Since">Since when. Millisecond precision.</param>
public readonly record struct LaneBlock(LaneEntry Entry, DateTimeOffset Since);

/// <summary>A lane as it is stored. A lane without entries is not stored at all.</summary>
/// <param name="Entries">The places that are taken, in order.</param>
/// <param name="Block">What holds it up; null when nothing does.</param>
public sealed record StoredLane(IReadOnlyList<LaneEntry> Entries, LaneBlock? Block);

/// <summary>A change of a lane.</summary>
/// <param name="ExpectedLast">The sequence of the last place that is stored; null for none. If another is found nothing is changed.</param>
/// <param name="Removed">Places to give up; those that are not there do not matter. A block goes with its place.</param>
/// <param name="Added">Places to add, in order, each after <paramref name="ExpectedLast"/>.</param>
public sealed record LaneChange(long? ExpectedLast, IReadOnlyList<LaneEntry> Removed, IReadOnlyList<LaneEntry> Added);

/// <summary>Which lanes to list.</summary>
public sealed record LaneQuery
{
    /// <summary>Only those of one downstream.</summary>
    public string? Target { get; init; }

    /// <summary>Only those that something holds up.</summary>
    public bool BlockedOnly { get; init; }

    /// <summary>Only those after this one.</summary>
    public LaneName? After { get; init; }

    /// <summary>The most to list, at least 1.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>One lane in a list.</summary>
/// <param name="Lane">Its name.</param>
/// <param name="Length">Messages in it.</param>
/// <param name="Head">The first.</param>
/// <param name="BlockedSince">Since when its head holds it up; null when it does not.</param>
public sealed record LaneSummary(LaneName Lane, long Length, LaneEntry Head, DateTimeOffset? BlockedSince);

/// <summary>All lanes in numbers.</summary>
/// <param name="Lanes">Lanes that have messages.</param>
/// <param name="Blocked">Lanes that something holds up.</param>
public readonly record struct LaneTotals(long Lanes, long Blocked);

/// <summary>
/// Durable storage of ordering lanes: queues of message ids. Every completed call is durable. Each lane has one writer, its grain; should two
/// activations of that ever write at once, <see cref="LaneChange.ExpectedLast"/> lets only one of them add.
/// </summary>
public interface IOrderingStore
{
    /// <summary>Reads a lane. One that is not stored has no entries.</summary>
    /// <param name="lane">The lane.</param>
    Task<StoredLane> ReadAsync(LaneName lane);

    /// <summary>Changes a lane, wholly or not at all.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="change">What to change.</param>
    /// <returns>False when somebody else has changed it: nothing was done.</returns>
    /// <exception cref="Storage.StorageUnavailableException">It is not known whether it was changed.</exception>
    Task<bool> ChangeAsync(LaneName lane, LaneChange change);

    /// <summary>Notes what holds the lane up. A place that is not in the lane holds nothing up.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="block">What holds it up.</param>
    /// <exception cref="Storage.StorageUnavailableException">It is not known whether it was noted.</exception>
    Task BlockAsync(LaneName lane, LaneBlock block);

    /// <summary>Lists lanes that have messages, by downstream and then by key, in the order of their UTF-8 bytes.</summary>
    /// <param name="query">Which.</param>
    Task<IReadOnlyList<LaneSummary>> ListAsync(LaneQuery query);

    /// <summary>Counts lanes. May cost time in proportion to their number.</summary>
    Task<LaneTotals> CountAsync();
}
