using System.Text.Json.Serialization;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Replays;

/// <summary>Where a replay job is in its life. The last three are ends.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReplayJobState>))]
public enum ReplayJobState
{
    /// <summary>It replays.</summary>
    [JsonStringEnumMemberName("running")] Running,

    /// <summary>It runs, but everything that is left waits for a breaker, a pause or a window. It goes on by itself.</summary>
    [JsonStringEnumMemberName("waiting")] Waiting,

    /// <summary>An operator paused it.</summary>
    [JsonStringEnumMemberName("paused")] Paused,

    /// <summary>End: it has done all that it selected.</summary>
    [JsonStringEnumMemberName("completed")] Completed,

    /// <summary>End: an operator cancelled it.</summary>
    [JsonStringEnumMemberName("cancelled")] Cancelled,

    /// <summary>End: it stopped itself, because too many of what it replayed failed again.</summary>
    [JsonStringEnumMemberName("stopped")] Stopped,
}

/// <summary>What a replay job is to do. Never changes once the job exists.</summary>
[GenerateSerializer, Immutable, Alias("dlq.ReplayJobPlan")]
public sealed record ReplayJobPlan
{
    /// <summary>Which letters.</summary>
    [Id(0)] public LetterFilter Filter { get; init; } = new();

    /// <summary>The moment of the selection: what was dead-lettered, or came back from a replay, after it is not touched.</summary>
    [Id(1)] public DateTimeOffset SelectedAt { get; init; }

    /// <summary>Letters that the job takes in hand with one write of its own state.</summary>
    [Id(2)] public int BatchSize { get; init; }

    /// <summary>The most replays that may be under way at once.</summary>
    [Id(3)] public int MaxConcurrent { get; init; }

    /// <summary>Replays to start a second.</summary>
    [Id(4)] public double RatePerSecond { get; init; }

    /// <summary>Whether it begins with one a second and goes up in steps to the full rate, and stops itself when too many fail.</summary>
    [Id(5)] public bool Ramp { get; init; }

    /// <summary>Whether it also replays to downstreams whose off-peak windows are closed.</summary>
    [Id(6)] public bool IgnoreWindows { get; init; }

    /// <summary>Who started it.</summary>
    [Id(7)] public string By { get; init; } = "";

    /// <summary>Why.</summary>
    [Id(8)] public string? Reason { get; init; }

    /// <summary>The letters that matched, by downstream.</summary>
    [Id(9)] public IReadOnlyList<NamedCount> ByTarget { get; init; } = [];

    /// <summary>The letters that matched, by error type.</summary>
    [Id(10)] public IReadOnlyList<NamedCount> ByErrorType { get; init; } = [];
}

/// <summary>Why nothing is replayed to a downstream now.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReplayBlockReason>))]
public enum ReplayBlockReason
{
    /// <summary>Its circuit breaker is open.</summary>
    [JsonStringEnumMemberName("breakerOpen")] BreakerOpen,

    /// <summary>Its delivery is paused, by itself or with all.</summary>
    [JsonStringEnumMemberName("paused")] Paused,

    /// <summary>It is outside its off-peak windows.</summary>
    [JsonStringEnumMemberName("windowClosed")] WindowClosed,

    /// <summary>There is no such downstream any more.</summary>
    [JsonStringEnumMemberName("unknownTarget")] UnknownTarget,
}

/// <summary>A downstream that a replay job waits for.</summary>
/// <param name="Target">The downstream.</param>
/// <param name="Reason">Why.</param>
/// <param name="Until">When that may end by itself; null when nobody knows.</param>
[GenerateSerializer, Immutable, Alias("dlq.ReplayBlock")]
public sealed record ReplayBlock(
    [property: Id(0)] string Target,
    [property: Id(1)] ReplayBlockReason Reason,
    [property: Id(2)] DateTimeOffset? Until);

/// <summary>A replay job's letters of one downstream.</summary>
[GenerateSerializer, Immutable, Alias("dlq.ReplayTargetView")]
public sealed record ReplayTargetView
{
    /// <summary>The downstream.</summary>
    [Id(0)] public string Target { get; init; } = "";

    /// <summary>Letters that were selected.</summary>
    [Id(1)] public long Matched { get; init; }

    /// <summary>Replays that delivered.</summary>
    [Id(2)] public long Delivered { get; init; }

    /// <summary>Replays that failed again.</summary>
    [Id(3)] public long Failed { get; init; }

    /// <summary>Letters that were left alone, because they had changed since the selection.</summary>
    [Id(4)] public long Skipped { get; init; }
}

/// <summary>A replay job as an operator sees it.</summary>
[GenerateSerializer, Immutable, Alias("dlq.ReplayJobView")]
public sealed record ReplayJobView
{
    /// <summary>Its id.</summary>
    [Id(0)] public string JobId { get; init; } = "";

    /// <summary>Where it is.</summary>
    [Id(1)] public ReplayJobState State { get; init; }

    /// <summary>Why it is there, where somebody or something said so.</summary>
    [Id(2)] public string? StateReason { get; init; }

    /// <summary>Who brought it there, when a person did.</summary>
    [Id(3)] public string? StateBy { get; init; }

    /// <summary>Letters that were selected. One that was still on its way into the queue at that moment may be found later.</summary>
    [Id(4)] public long Matched { get; init; }

    /// <summary>Replays that are under way.</summary>
    [Id(5)] public long UnderWay { get; init; }

    /// <summary>Replays that delivered.</summary>
    [Id(6)] public long Delivered { get; init; }

    /// <summary>Replays that ended otherwise.</summary>
    [Id(7)] public long Failed { get; init; }

    /// <summary>Letters that were left alone, because they had changed since the selection.</summary>
    [Id(8)] public long Skipped { get; init; }

    /// <summary>Letters that have not come up yet.</summary>
    [Id(9)] public long Remaining { get; init; }

    /// <summary>The rate that it keeps now, in replays a second: that of the ramp, or the full one.</summary>
    [Id(10)] public double RatePerSecond { get; init; }

    /// <summary>Seconds that the rest takes at the full rate if nothing blocks it; null once it has ended.</summary>
    [Id(11)] public double? EstimatedSeconds { get; init; }

    /// <summary>The downstreams that it waits for.</summary>
    [Id(12)] public IReadOnlyList<ReplayBlock> BlockedBy { get; init; } = [];

    /// <summary>Its letters by downstream.</summary>
    [Id(13)] public IReadOnlyList<ReplayTargetView> ByTarget { get; init; } = [];

    /// <summary>When it was created.</summary>
    [Id(14)] public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its state last changed.</summary>
    [Id(15)] public DateTimeOffset StateAt { get; init; }

    /// <summary>When it came to its end and nothing of it was under way any more.</summary>
    [Id(16)] public DateTimeOffset? EndedAt { get; init; }

    /// <summary>What it is to do.</summary>
    [Id(17)] public ReplayJobPlan Plan { get; init; } = new();
}

/// <summary>What an operator can tell a replay job.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReplayJobOrder>))]
public enum ReplayJobOrder
{
    /// <summary>Start nothing more for now.</summary>
    [JsonStringEnumMemberName("pause")] Pause,

    /// <summary>Go on.</summary>
    [JsonStringEnumMemberName("resume")] Resume,

    /// <summary>Start nothing more, ever.</summary>
    [JsonStringEnumMemberName("cancel")] Cancel,
}

/// <summary>The answer to an order.</summary>
/// <param name="Obeyed">False when the job has ended already.</param>
/// <param name="Job">The job; null when there is none.</param>
[GenerateSerializer, Immutable, Alias("dlq.ReplayOrderResult")]
public sealed record ReplayOrderResult([property: Id(0)] bool Obeyed, [property: Id(1)] ReplayJobView? Job);

/// <summary>What a dead-letter partition says of one letter of a replay job.</summary>
public enum JobLetterOutcome
{
    /// <summary>The job has not replayed it, and may.</summary>
    NotStarted,

    /// <summary>The job's replay of it is under way.</summary>
    UnderWay,

    /// <summary>The job's replay of it delivered.</summary>
    Delivered,

    /// <summary>The job's replay of it ended otherwise.</summary>
    Failed,

    /// <summary>It is gone, or has changed since the selection, and the job leaves it alone.</summary>
    Skipped,

    /// <summary>Starting its replay failed, and may have been stored all the same: the job asks.</summary>
    Unknown,
}

/// <summary>One letter of a replay job.</summary>
/// <param name="MessageId">The letter.</param>
/// <param name="Outcome">How it stands.</param>
[GenerateSerializer, Immutable, Alias("dlq.JobLetter")]
public readonly record struct JobLetter([property: Id(0)] MessageId MessageId, [property: Id(1)] JobLetterOutcome Outcome);

/// <summary>Letters of one partition that a replay job is about.</summary>
/// <param name="JobId">The job.</param>
/// <param name="SelectedAt">The moment of its selection.</param>
/// <param name="By">Who started the job.</param>
/// <param name="Reason">Why.</param>
/// <param name="Letters">The letters.</param>
[GenerateSerializer, Immutable, Alias("dlq.JobLetters")]
public sealed record JobLetters(
    [property: Id(0)] string JobId,
    [property: Id(1)] DateTimeOffset SelectedAt,
    [property: Id(2)] string By,
    [property: Id(3)] string? Reason,
    [property: Id(4)] IReadOnlyList<MessageId> Letters);
