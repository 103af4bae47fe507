using System.Text.Json.Serialization;
using DlqCluster.Messages;
using DlqCluster.Replays;

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

/// <summary>Who or what started a replay.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReplayTrigger>))]
public enum ReplayTrigger
{
    /// <summary>The letter's schedule.</summary>
    [JsonStringEnumMemberName("schedule")] Schedule,

    /// <summary>A person.</summary>
    [JsonStringEnumMemberName("operator")] Operator,

    /// <summary>A replay job, which a person started over many letters.</summary>
    [JsonStringEnumMemberName("job")] Job,
}

/// <summary>One place at which an edited payload differs from the original.</summary>
/// <param name="Path">Where, as a JSON pointer (RFC 6901); empty for the payload as a whole.</param>
/// <param name="From">The JSON value that was there; null when there was none. Long ones are cut (<c>Dlq:MaxChangeLength</c>).</param>
/// <param name="To">The JSON value that is there instead; null when it was taken away. Long ones are cut.</param>
[GenerateSerializer, Immutable, Alias("dlq.PayloadChange")]
public sealed record PayloadChange([property: Id(0)] string Path, [property: Id(1)] string? From, [property: Id(2)] string? To);

/// <summary>One replay of a letter.</summary>
[GenerateSerializer, Immutable, Alias("dlq.ReplayAttempt")]
public sealed record ReplayAttempt
{
    /// <summary>1 for the first.</summary>
    [Id(0)] public int Generation { get; init; }

    /// <summary>When it was started.</summary>
    [Id(1)] public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it came to its end; null while it is under way.</summary>
    [Id(2)] public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Whether it was delivered; null while it is under way.</summary>
    [Id(3)] public bool? Delivered { get; init; }

    /// <summary>What started it.</summary>
    [Id(4)] public ReplayTrigger Trigger { get; init; }

    /// <summary>Who started it, when a person did.</summary>
    [Id(5)] public string? By { get; init; }

    /// <summary>Where it was sent, when that is not the message's own downstream.</summary>
    [Id(6)] public string? Target { get; init; }

    /// <summary>What was sent, when that is not the message's own payload.</summary>
    [Id(7)] public Payload? Payload { get; init; }

    /// <summary>Why it failed.</summary>
    [Id(8)] public string? Error { get; init; }

    /// <summary>Why it was started, in the words of who started it.</summary>
    [Id(9)] public string? Reason { get; init; }

    /// <summary>The replay job that started it.</summary>
    [Id(10)] public string? JobId { get; init; }

    /// <summary>Where what was sent differs from the original, at most <c>Dlq:MaxChangesKept</c> places; empty unless it was edited for this replay.</summary>
    [Id(11)] public IReadOnlyList<PayloadChange> Changes { get; init; } = [];
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

/// <summary>Hands a message that could not be delivered to the dead-letter queue.</summary>
[GenerateSerializer, Immutable, Alias("dlq.DeadLetterMessage")]
public sealed record DeadLetterMessage
{
    /// <summary>The message.</summary>
    [Id(0)] public MessageId MessageId { get; init; }

    /// <summary>What was to be delivered (after a replay: as it was replayed).</summary>
    [Id(1)] public Envelope Envelope { get; init; } = new();

    /// <summary>0 for the message itself, n when its nth replay failed.</summary>
    [Id(2)] public int Generation { get; init; }

    /// <summary>The last error in words.</summary>
    [Id(3)] public string ErrorReason { get; init; } = "";

    /// <summary>More of it.</summary>
    [Id(4)] public string? ErrorStack { get; init; }

    /// <summary>Its type.</summary>
    [Id(5)] public ErrorType ErrorType { get; init; }

    /// <summary>How many attempts were made.</summary>
    [Id(6)] public int Attempts { get; init; }

    /// <summary>The silo's state.</summary>
    [Id(7)] public SystemState? SystemState { get; init; }

    /// <summary>The newest of the attempts, oldest first.</summary>
    [Id(8)] public IReadOnlyList<Attempt> AttemptLog { get; init; } = [];
}

/// <summary>Asks for one letter to be replayed.</summary>
/// <param name="MessageId">The letter.</param>
/// <param name="By">Who asks.</param>
/// <param name="Payload">What to send instead of the original; null to send the original.</param>
/// <param name="Target">Where to send it instead; null for the original downstream.</param>
/// <param name="Reason">Why.</param>
[GenerateSerializer, Immutable, Alias("dlq.ReplayLetter")]
public sealed record ReplayLetter(
    [property: Id(0)] MessageId MessageId,
    [property: Id(1)] string By,
    [property: Id(2)] Payload? Payload,
    [property: Id(3)] string? Target,
    [property: Id(4)] string? Reason = null);

/// <summary>How asking for a replay ended.</summary>
public enum ReplayOutcome
{
    /// <summary>The replay is on its way.</summary>
    Started,

    /// <summary>There is no such letter.</summary>
    NotFound,

    /// <summary>A replay is already under way.</summary>
    AlreadyProcessing,

    /// <summary>It is already resolved.</summary>
    AlreadyResolved,
}

/// <summary>The answer to a replay request.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Generation">The number of the replay that was started.</param>
[GenerateSerializer, Immutable, Alias("dlq.ReplayResult")]
public sealed record ReplayResult([property: Id(0)] ReplayOutcome Outcome, [property: Id(1)] int Generation);

/// <summary>The only writer of the letters of one partition (its key). One reminder keeps it alive; it replays what is due by itself.</summary>
[Alias("dlq.IDlqPartitionGrain")]
public interface IDlqPartitionGrain : IGrainWithIntegerKey, IRemindable
{
    /// <summary>Sees to it that the grain runs and that its reminder exists. May be called any number of times.</summary>
    [Alias("Start")]
    Task Start();

    /// <summary>Takes a message, or the news that a replay failed. Sending the same again changes nothing.</summary>
    /// <param name="message">The message.</param>
    [Alias("Admit")]
    Task Admit(DeadLetterMessage message);

    /// <summary>Takes the news that a replay ended otherwise than by failing. Sending the same again changes nothing.</summary>
    /// <param name="messageId">The letter.</param>
    /// <param name="generation">The replay.</param>
    /// <param name="end">Delivered; or cancelled or expired, which leaves the letter to people.</param>
    [Alias("ReplayEnded")]
    Task ReplayEnded(MessageId messageId, int generation, MessageState end);

    /// <summary>Replays a letter now. This replaces the replay that its schedule had planned.</summary>
    /// <param name="request">Which, and how.</param>
    [Alias("Replay")]
    Task<ReplayResult> Replay(ReplayLetter request);

    /// <summary>Replays letters for a replay job: those that the job has not replayed before and that have not changed since its selection.</summary>
    /// <param name="job">The job and its letters.</param>
    /// <returns>How each letter stands now; NotStarted where starting it failed. Asking again changes nothing but that.</returns>
    [Alias("ReplayForJob")]
    Task<IReadOnlyList<JobLetter>> ReplayForJob(JobLetters job);

    /// <summary>How letters of a replay job stand. Waits for calls that came before, so that what it says is not overtaken.</summary>
    /// <param name="job">The job and its letters.</param>
    [Alias("AskForJob")]
    Task<IReadOnlyList<JobLetter>> AskForJob(JobLetters job);

    /// <summary>Whether there is a letter for this message, whatever its status.</summary>
    /// <param name="messageId">The message.</param>
    [Alias("Knows"), Orleans.Concurrency.AlwaysInterleave]
    Task<bool> Knows(MessageId messageId);

    /// <summary>Notes, discards or restores letters, each by itself.</summary>
    /// <param name="act">What, and which letters.</param>
    /// <returns>How it ended for each letter, in order.</returns>
    [Alias("Apply")]
    Task<IReadOnlyList<LetterActOutcome>> Apply(LetterAct act);

    /// <summary>Takes letters in that an export brought. One that is there already is left as it is.</summary>
    /// <param name="import">The letters.</param>
    /// <returns>How it ended for each letter, in order.</returns>
    [Alias("Import")]
    Task<IReadOnlyList<LetterActOutcome>> Import(ImportLetters import);

    /// <summary>Looks after letters whose replay has been under way for too long, now.</summary>
    /// <returns>How many were settled or made pending again.</returns>
    [Alias("ReclaimStale")]
    Task<int> ReclaimStale();
}
