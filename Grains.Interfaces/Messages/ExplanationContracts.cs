using System.Text.Json.Serialization;

namespace DlqCluster.Messages;

/// <summary>Why a message has not been delivered yet, for programs.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WaitReason>))]
public enum WaitReason
{
    /// <summary>It does not wait: it has come to its end.</summary>
    [JsonStringEnumMemberName("ended")] Ended,

    /// <summary>An attempt is on its way.</summary>
    [JsonStringEnumMemberName("beingSent")] BeingSent,

    /// <summary>Its attempts are used up; the dead-letter queue is just being told.</summary>
    [JsonStringEnumMemberName("deadLettering")] DeadLettering,

    /// <summary>Its <c>expiresAt</c> has passed; it is marked as expired when it is next looked at.</summary>
    [JsonStringEnumMemberName("expiring")] Expiring,

    /// <summary>Its <c>deliverAt</c> has not come.</summary>
    [JsonStringEnumMemberName("scheduled")] Scheduled,

    /// <summary>An attempt failed, and the next waits for its backoff.</summary>
    [JsonStringEnumMemberName("backoff")] Backoff,

    /// <summary>Others of its ordering key are before it.</summary>
    [JsonStringEnumMemberName("orderingHead")] OrderingHead,

    /// <summary>A dead letter holds its ordering key up (<c>onDeadLetter: block</c>).</summary>
    [JsonStringEnumMemberName("orderingBlocked")] OrderingBlocked,

    /// <summary>Its downstream has been removed; it is dead-lettered when its turn comes.</summary>
    [JsonStringEnumMemberName("noDownstream")] NoDownstream,

    /// <summary>The service is shutting down; the next start goes on.</summary>
    [JsonStringEnumMemberName("draining")] Draining,

    /// <summary>Delivery is paused, altogether or to its downstream.</summary>
    [JsonStringEnumMemberName("paused")] Paused,

    /// <summary>Its downstream's circuit breaker is open.</summary>
    [JsonStringEnumMemberName("breakerOpen")] BreakerOpen,

    /// <summary>Its downstream's circuit breaker lets only probes through.</summary>
    [JsonStringEnumMemberName("breakerHalfOpen")] BreakerHalfOpen,

    /// <summary>As many attempts are on their way as its downstream takes at once.</summary>
    [JsonStringEnumMemberName("bulkhead")] Bulkhead,

    /// <summary>Its downstream takes only so many attempts a second.</summary>
    [JsonStringEnumMemberName("rateLimit")] RateLimit,

    /// <summary>Nothing stands in its way.</summary>
    [JsonStringEnumMemberName("ready")] Ready,

    /// <summary>It is one of its recipient's quiet hours.</summary>
    [JsonStringEnumMemberName("quietHours")] QuietHours,

    /// <summary>Its recipient is muted.</summary>
    [JsonStringEnumMemberName("muted")] Muted,
}

/// <summary>One thing that a message waits for.</summary>
/// <param name="Code">For programs.</param>
/// <param name="Text">For people: a sentence.</param>
/// <param name="ExpectedAt">When it will be over; null when nobody can know.</param>
/// <param name="BlockingMessageId">The message that it waits for, where it is one.</param>
[GenerateSerializer, Immutable, Alias("dlq.MessageReason")]
public sealed record MessageReason(
    [property: Id(0)] WaitReason Code,
    [property: Id(1)] string Text,
    [property: Id(2)] DateTimeOffset? ExpectedAt,
    [property: Id(3)] MessageId? BlockingMessageId = null);

/// <summary>Why a message has not been sent, and when it will be.</summary>
[GenerateSerializer, Immutable, Alias("dlq.MessageExplanation")]
public sealed record MessageExplanation
{
    /// <summary>The message.</summary>
    [Id(0)] public MessageId MessageId { get; init; }

    /// <summary>Where it is.</summary>
    [Id(1)] public MessageState State { get; init; }

    /// <summary>All reasons in one text.</summary>
    [Id(2)] public string Summary { get; init; } = "";

    /// <summary>When it is expected to be tried next; null when it has ended or nobody can know.</summary>
    [Id(3)] public DateTimeOffset? ExpectedAt { get; init; }

    /// <summary>What it waits for, that which is over last not necessarily last; at least one.</summary>
    [Id(4)] public IReadOnlyList<MessageReason> Reasons { get; init; } = [];
}
