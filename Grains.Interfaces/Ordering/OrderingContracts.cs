using DlqCluster.Messages;

namespace DlqCluster.Ordering;

/// <summary>Whether it is a message's turn.</summary>
public enum LaneTurn
{
    /// <summary>It is the first of its key: it may be sent, and nothing else of the key is until its end is told.</summary>
    First,

    /// <summary>Others are before it. Its grain is called when its turn has come.</summary>
    Queued,

    /// <summary>The lane has as many messages as <c>Ordering:MaxLaneLength</c> allows.</summary>
    Full,
}

/// <summary>A message's place in its lane.</summary>
/// <param name="Turn">Whether it is its turn.</param>
/// <param name="IsNext">Whether it is the one behind the first.</param>
[GenerateSerializer, Immutable, Alias("dlq.LanePlace")]
public readonly record struct LanePlace([property: Id(0)] LaneTurn Turn, [property: Id(1)] bool IsNext);

/// <summary>What a message says when its turn has come.</summary>
public enum TurnAnswer
{
    /// <summary>It is on its way, or waits for a retry; it will tell its end.</summary>
    Taken,

    /// <summary>There is no such message in this lane: it was never accepted, is forgotten, or went to another downstream.</summary>
    Gone,

    /// <summary>It has ended, other than in the dead-letter queue.</summary>
    Ended,

    /// <summary>It is in the dead-letter queue.</summary>
    DeadLettered,
}

/// <summary>A lane as operators see it.</summary>
[GenerateSerializer, Immutable, Alias("dlq.LaneView")]
public sealed record LaneView
{
    /// <summary>The downstream.</summary>
    [Id(0)] public string Target { get; init; } = "";

    /// <summary>The ordering key.</summary>
    [Id(1)] public string OrderingKey { get; init; } = "";

    /// <summary>The partition that it belongs to.</summary>
    [Id(2)] public int Partition { get; init; }

    /// <summary>Messages in it, the first included.</summary>
    [Id(3)] public long Length { get; init; }

    /// <summary>The first message: it is delivered, or its retry is waited for, or it holds the lane up.</summary>
    [Id(4)] public MessageId HeadMessageId { get; init; }

    /// <summary>When the first message took its place.</summary>
    [Id(5)] public DateTimeOffset HeadJoinedAt { get; init; }

    /// <summary>Whether the first message is a dead letter that the others wait behind (<c>onDeadLetter: block</c>).</summary>
    [Id(6)] public bool Blocked { get; init; }

    /// <summary>Since when it does.</summary>
    [Id(7)] public DateTimeOffset? BlockedSince { get; init; }

    /// <summary>The first messages, in order; in a list of lanes, none.</summary>
    [Id(8)] public IReadOnlyList<MessageId> Messages { get; init; } = [];
}

/// <summary>Where a message stands in its lane.</summary>
/// <param name="Ahead">Messages before it.</param>
/// <param name="HeadMessageId">The first of the lane.</param>
/// <param name="BlockedSince">Since when that one, a dead letter, holds the lane up; null when it does not.</param>
[GenerateSerializer, Immutable, Alias("dlq.LaneSpot")]
public sealed record LaneSpot([property: Id(0)] int Ahead, [property: Id(1)] MessageId HeadMessageId, [property: Id(2)] DateTimeOffset? BlockedSince);

/// <summary>How a skip ended.</summary>
public enum SkipOutcome
{
    /// <summary>The message has left the lane, and the next one's turn has come.</summary>
    Skipped,

    /// <summary>Nothing holds the lane up.</summary>
    NotBlocked,

    /// <summary>Another message holds it up.</summary>
    OtherHead,

    /// <summary>The message that holds it up is just being replayed.</summary>
    BeingReplayed,
}

/// <summary>The answer to a skip.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="MessageId">The message that was skipped, or that holds the lane up; null when none does.</param>
[GenerateSerializer, Immutable, Alias("dlq.SkipResult")]
public sealed record SkipResult([property: Id(0)] SkipOutcome Outcome, [property: Id(1)] MessageId? MessageId);

/// <summary>
/// The messages of one ordering key to one downstream, one after the other; its key is a <see cref="LaneName"/>. It keeps ids only. It is
/// durable before a message is accepted; afterwards it needs no write of its own to go on, since the messages' own records tell which of
/// them have ended.
/// </summary>
[Alias("dlq.IOrderingLaneGrain")]
public interface IOrderingLaneGrain : IGrainWithStringKey
{
    /// <summary>Takes the last place, unless the message has one already, and tells whether it is its turn. The place is durable then.</summary>
    /// <param name="message">The message.</param>
    /// <param name="accepted">Whether it has been accepted already: then it finds a place in a full lane too.</param>
    /// <exception cref="Storage.StorageUnavailableException">It is not known whether it has a place; ask again.</exception>
    [Alias("Join")]
    Task<LanePlace> Join(MessageId message, bool accepted);

    /// <summary>
    /// A message has come to its end, durably. When this returns the next one has its turn and is looked after. Saying it again changes
    /// nothing.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="end">How it ended.</param>
    [Alias("Ended")]
    Task Ended(MessageId message, MessageState end);

    /// <summary>
    /// A message that has ended is about to be replayed: a place that it still has, because that it left could not be stored, it gives up, durably,
    /// so that it joins behind those that are there now. One that holds the lane up keeps its place.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <exception cref="Storage.StorageUnavailableException">It is not known whether it has left; ask again.</exception>
    [Alias("Leave")]
    Task Leave(MessageId message);

    /// <summary>Looks whether the first message is still what the lane should wait for.</summary>
    [Alias("Check"), Orleans.Concurrency.OneWay]
    Task Check();

    /// <summary>Where a message stands; null when it is not in the lane.</summary>
    /// <param name="message">The message.</param>
    [Alias("Find")]
    Task<LaneSpot?> Find(MessageId message);

    /// <summary>The lane; null when it has no messages.</summary>
    /// <param name="messages">How many of its messages to name.</param>
    [Alias("Get")]
    Task<LaneView?> Get(int messages);

    /// <summary>Takes the dead letter that holds the lane up out of it. The letter itself stays as it is.</summary>
    /// <param name="message">Which one is meant; null for whichever it is.</param>
    [Alias("Skip")]
    Task<SkipResult> Skip(MessageId? message);
}
