using System.Text.Json.Serialization;
using DlqCluster.Messages;

namespace DlqCluster.DeadLetters;

/// <summary>Where a dead letter is in its life.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LetterStatus>))]
public enum LetterStatus
{
    /// <summary>Waits for its next replay.</summary>
    [JsonStringEnumMemberName("dlq_pending")] Pending,

    /// <summary>A replay is under way.</summary>
    [JsonStringEnumMemberName("dlq_processing")] Processing,

    /// <summary>A replay delivered it, or an operator settled it.</summary>
    [JsonStringEnumMemberName("dlq_resolved")] Resolved,

    /// <summary>Its replays are used up.</summary>
    [JsonStringEnumMemberName("dlq_failed")] Failed,

    /// <summary>Only a person can replay it.</summary>
    [JsonStringEnumMemberName("dlq_manual")] Manual,
}

/// <summary>When a dead letter replays itself.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReplayStrategy>))]
public enum ReplayStrategy
{
    /// <summary>After 1, 5, 15, 30 and 60 minutes (<c>Dlq:ImmediateDelays</c>).</summary>
    [JsonStringEnumMemberName("immediate")] Immediate,

    /// <summary>At fixed times of day (<c>Dlq:OffPeakTimes</c>, <c>Dlq:TimeZone</c>).</summary>
    [JsonStringEnumMemberName("offPeak")] OffPeak,

    /// <summary>As soon as the downstream's breaker has been closed for a while (<c>Dlq:ConditionalClosedFor</c>).</summary>
    [JsonStringEnumMemberName("conditional")] Conditional,

    /// <summary>Never by itself.</summary>
    [JsonStringEnumMemberName("manual")] Manual,
}

/// <summary>The state of the silo that dead-lettered a message, at that moment.</summary>
/// <param name="CpuPercent">Processor use of the process, 0 to 100 times the number of processors.</param>
/// <param name="MemoryBytes">Working set of the process.</param>
/// <param name="UptimeSeconds">How long it had been running.</param>
/// <param name="Silo">Its name.</param>
[GenerateSerializer, Immutable, Alias("dlq.SystemState")]
public sealed record SystemState(
    [property: Id(0)] double CpuPercent,
    [property: Id(1)] long MemoryBytes,
    [property: Id(2)] double UptimeSeconds,
    [property: Id(3)] string Silo);

/// <summary>What to find a letter by.</summary>
[GenerateSerializer, Immutable, Alias("dlq.LetterMetadata")]
public sealed record LetterMetadata
{
    /// <summary>Who sent the message.</summary>
    [Id(0)] public string? Source { get; init; }

    /// <summary>Its priority.</summary>
    [Id(1)] public MessagePriority Priority { get; init; }

    /// <summary>Its labels.</summary>
    [Id(2)] public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The downstream that did not take it.</summary>
    [Id(3)] public string Target { get; init; } = "";

    /// <summary>What ties it to other messages.</summary>
    [Id(4)] public string? CorrelationId { get; init; }

    /// <summary>The silo at that moment.</summary>
    [Id(5)] public SystemState? SystemState { get; init; }
}

/// <summary>A message that could not be delivered, and all that became of it.</summary>
[GenerateSerializer, Immutable, Alias("dlq.Letter")]
public sealed record Letter
{
    /// <summary>The message's id, and the letter's.</summary>
    [Id(0)] public MessageId MessageId { get; init; }

    /// <summary>The message as it was accepted. Never changed.</summary>
    [Id(1)] public Envelope OriginalMessage { get; init; } = new();

    /// <summary>The newest error in words.</summary>
    [Id(2)] public string ErrorReason { get; init; } = "";

    /// <summary>More of it: the downstream's answer or the exception.</summary>
    [Id(3)] public string? ErrorStack { get; init; }

    /// <summary>The newest error's type.</summary>
    [Id(4)] public ErrorType ErrorType { get; init; }

    /// <summary>16 hex digits that failures of the same kind share: type, downstream and error without its numbers, ids and addresses.</summary>
    [Id(5)] public string Fingerprint { get; init; } = "";

    /// <summary>Attempts that were made before it was dead-lettered (the newest time).</summary>
    [Id(6)] public int RetryCount { get; init; }

    /// <summary>Replays that failed.</summary>
    [Id(7)] public int DlqRetryCount { get; init; }

    /// <summary>Where it is.</summary>
    [Id(8)] public LetterStatus Status { get; init; }

    /// <summary>When it replays itself.</summary>
    [Id(9)] public ReplayStrategy Strategy { get; init; }

    /// <summary>Its next replay; null when none is planned.</summary>
    [Id(10)] public DateTimeOffset? NextRetryAt { get; init; }

    /// <summary>What to find it by.</summary>
    [Id(11)] public LetterMetadata Metadata { get; init; } = new();

    /// <summary>Its replays, oldest first; of very many, the newest.</summary>
    [Id(12)] public IReadOnlyList<ReplayAttempt> ReplayAttempts { get; init; } = [];

    /// <summary>When it was dead-lettered first.</summary>
    [Id(13)] public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    [Id(14)] public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Replays started, ever. The newest one's generation.</summary>
    [Id(15)] public int Generation { get; init; }

    /// <summary>Grows with every change; 0 for a letter that is not stored yet.</summary>
    [Id(16)] public long Version { get; init; }

    /// <summary>How it was resolved; null while it is not.</summary>
    [Id(17)] public LetterResolution? Resolution { get; init; }

    /// <summary>Since when it has been resolved or failed; null otherwise. Retention counts from here.</summary>
    [Id(18)] public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>When it failed again last; null when it has failed only once, when it was dead-lettered.</summary>
    [Id(19)] public DateTimeOffset? FailedAgainAt { get; init; }

    /// <summary>The attempts to deliver it up to its newest failure, oldest first; of very many, the newest.</summary>
    [Id(20)] public IReadOnlyList<Attempt> Attempts { get; init; } = [];

    /// <summary>What people did with it beside replaying it, oldest first; of very much, the newest.</summary>
    [Id(21)] public IReadOnlyList<LetterEvent> Events { get; init; } = [];

    /// <summary>When it failed last.</summary>
    [JsonIgnore] public DateTimeOffset LastFailedAt => FailedAgainAt ?? CreatedAt;
}
