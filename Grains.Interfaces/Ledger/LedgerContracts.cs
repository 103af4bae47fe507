using DlqCluster.Messages;

namespace DlqCluster.Ledger;

/// <summary>The lanes that a ledger entry can be in. A lane says whose turn it is to act when the entry is due.</summary>
public static class LedgerLanes
{
    /// <summary>An activation has the message in hand. Due is a watchdog: if the entry gets there, that activation was lost.</summary>
    public const string Active = "active";

    /// <summary>Nobody has the message in memory; at its due time it must be woken.</summary>
    public const string Scheduled = "scheduled";

    /// <summary>The message has ended. At its due time its receipt may be forgotten.</summary>
    public const string Receipt = "receipt";

    /// <summary>Nobody has the message in memory: others of its ordering key are before it, and the lane's grain wakes it. At its due time it
    /// looks by itself whether that was lost, or whether it has expired.</summary>
    public const string Held = "held";

    private const string TargetPrefix = "to:";

    /// <summary>The lane of messages that are ready but wait outside memory until the gate of their downstream has room. Due is their rank.</summary>
    /// <param name="target">The downstream's name.</param>
    public static string Waiting(string target) => TargetPrefix + target;

    /// <summary>The downstream that a lane waits for; null when it is not such a lane.</summary>
    /// <param name="lane">The lane.</param>
    public static string? TargetOf(string lane) =>
        lane.StartsWith(TargetPrefix, StringComparison.Ordinal) ? lane[TargetPrefix.Length..] : null;

    /// <summary>How many messages wait behind another of their ordering key.</summary>
    /// <param name="lanes">The lanes of a partition, or of several.</param>
    public static long CountHeld(IEnumerable<LaneCount> lanes) => lanes.Where(static lane => lane.Lane == Held).Sum(static lane => lane.Count);
}

/// <summary>One line of the ledger: when somebody must look at a message if nothing happens before.</summary>
/// <param name="Partition">The partition that keeps it.</param>
/// <param name="MessageId">The message. There is at most one entry a message.</param>
/// <param name="Lane">Whose turn it is; see <see cref="LedgerLanes"/>.</param>
/// <param name="Due">When. Millisecond precision.</param>
public readonly record struct LedgerEntry(int Partition, MessageId MessageId, string Lane, DateTimeOffset Due);

/// <summary>The head of one lane of a partition.</summary>
/// <param name="Lane">The lane.</param>
/// <param name="OldestDue">The earliest due time in it.</param>
public readonly record struct LaneHead(string Lane, DateTimeOffset OldestDue);

/// <summary>How many entries a lane of a partition has.</summary>
/// <param name="Lane">The lane.</param>
/// <param name="Count">How many.</param>
/// <param name="OldestDue">The earliest due time in it.</param>
[GenerateSerializer, Immutable, Alias("dlq.LaneCount")]
public readonly record struct LaneCount(
    [property: Id(0)] string Lane,
    [property: Id(1)] long Count,
    [property: Id(2)] DateTimeOffset OldestDue);

/// <summary>
/// Durable storage of the ledger: for each unfinished message, and for each receipt, one entry. Every completed call is durable. Calls for
/// different messages may be reordered; calls for one message are made one after the other by their caller.
/// </summary>
public interface ILedgerStore
{
    /// <summary>Adds the entry, or moves the message's entry to this lane and due time.</summary>
    /// <param name="entry">The entry.</param>
    /// <exception cref="Storage.StorageUnavailableException">It is not known whether it was stored.</exception>
    Task PutAsync(LedgerEntry entry);

    /// <summary>
    /// As <see cref="PutAsync"/>, but may complete before the entry is durable, so that a store can gather many. It is within a second, unless
    /// a crash or a failing disk comes first: then the message's entry is where it was. Any later call for the message goes before it.
    /// </summary>
    /// <param name="entry">The entry.</param>
    /// <exception cref="Storage.StorageUnavailableException">It is not known whether it was, or will be, stored.</exception>
    Task PutSoonAsync(LedgerEntry entry);

    /// <summary>Removes a message's entry, if there is one.</summary>
    /// <param name="partition">Its partition.</param>
    /// <param name="messageId">The message.</param>
    /// <exception cref="Storage.StorageUnavailableException">It is not known whether it was removed.</exception>
    Task RemoveAsync(int partition, MessageId messageId);

    /// <summary>
    /// Takes what is due in one lane: atomically moves up to <paramref name="limit"/> entries, earliest first, to
    /// <see cref="LedgerLanes.Active"/> with the due time <paramref name="watchUntil"/>, and returns their messages in due order. What is
    /// claimed is not claimed again before that time. The store of an engine that is one process may forget what is claimed when that process
    /// ends, or when a write has failed: it is where it was then, and is claimed again.
    /// </summary>
    /// <param name="partition">The partition.</param>
    /// <param name="lane">The lane to take from; may itself be the active lane.</param>
    /// <param name="upTo">Only entries due at or before this.</param>
    /// <param name="limit">The most to take, at least 1.</param>
    /// <param name="watchUntil">When to look again if the claimer is lost; later than <paramref name="upTo"/>.</param>
    /// <exception cref="Storage.StorageUnavailableException">It is not known what was claimed; it will be due again at the latest at <paramref name="watchUntil"/>.</exception>
    Task<IReadOnlyList<MessageId>> ClaimAsync(int partition, string lane, DateTimeOffset upTo, int limit, DateTimeOffset watchUntil);

    /// <summary>
    /// Makes every active entry of a partition due now, or those alone that are due later than a moment. Called once when an engine that owns
    /// all activations starts, since then no activation can have anything in hand, and when a clock was set back.
    /// </summary>
    /// <param name="partition">The partition.</param>
    /// <param name="now">The due time to set.</param>
    /// <param name="dueAfter">What is due at this moment or before it stays as it is; null for nothing. Not before <paramref name="now"/>.</param>
    /// <returns>How many such entries there were.</returns>
    Task<int> ReleaseAsync(int partition, DateTimeOffset now, DateTimeOffset? dueAfter = null);

    /// <summary>The lanes of a partition that have entries, each with its earliest due time. Cheap: it never walks the entries.</summary>
    /// <param name="partition">The partition.</param>
    Task<IReadOnlyList<LaneHead>> PeekAsync(int partition);

    /// <summary>Counts the entries of a partition by lane. Costs time in proportion to their number.</summary>
    /// <param name="partition">The partition.</param>
    Task<IReadOnlyList<LaneCount>> CountAsync(int partition);
}

/// <summary>
/// The durable timer wheel of one partition (its key): it wakes what is due, recovers what a crash dropped, feeds back what was shed, and
/// knows the partition's depth and lag. One reminder keeps it alive.
/// </summary>
[Alias("dlq.ILedgerGrain")]
public interface ILedgerGrain : IGrainWithIntegerKey, IRemindable
{
    /// <summary>Sees to it that the grain runs and that its reminder exists. May be called any number of times.</summary>
    [Alias("Start")]
    Task Start();

    /// <summary>The partition's lanes as last counted, at most <c>Ledger:CountIntervalMs</c> ago.</summary>
    [Alias("GetLanes"), Orleans.Concurrency.AlwaysInterleave]
    Task<IReadOnlyList<LaneCount>> GetLanes();
}
