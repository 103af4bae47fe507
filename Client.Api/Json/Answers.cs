using System.Text.Json.Serialization;
using DlqCluster.Api.Problems;
using DlqCluster.Audit;
using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Api.Json;

/// <summary>A message was accepted.</summary>
/// <param name="MessageId">Its id.</param>
/// <param name="State">Where it is now.</param>
/// <param name="AcceptedAt">When it was first accepted.</param>
/// <param name="IdempotentHit">Whether this was a repeat.</param>
internal sealed record SubmitAnswer(MessageId MessageId, MessageState State, DateTimeOffset AcceptedAt, bool IdempotentHit)
{
    /// <summary>From the grain's answer.</summary>
    /// <param name="result">The grain's answer.</param>
    public static SubmitAnswer From(SubmitResult result) =>
        new(result.MessageId, result.State, result.AcceptedAt, result.Outcome == SubmitOutcome.Duplicate);
}

/// <summary>How one message of a batch ended.</summary>
internal sealed record BatchItem
{
    /// <summary>Its place in the batch, from 0.</summary>
    public int Index { get; init; }

    /// <summary>The HTTP status that it would have had alone.</summary>
    public int Status { get; init; }

    /// <summary>Its id, when it was accepted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public MessageId? MessageId { get; init; }

    /// <summary>Where it is now, when it was accepted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public MessageState? State { get; init; }

    /// <summary>When it was first accepted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public DateTimeOffset? AcceptedAt { get; init; }

    /// <summary>Whether it was a repeat, when it was accepted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? IdempotentHit { get; init; }

    /// <summary>Why it was refused.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ProblemDocument? Error { get; init; }
}

/// <summary>How the messages of a batch ended, in order.</summary>
/// <param name="Data">One item a message.</param>
internal sealed record BatchAnswer(IReadOnlyList<BatchItem> Data);

/// <summary>A message was cancelled.</summary>
/// <param name="MessageId">Its id.</param>
/// <param name="State">Where it is now.</param>
internal sealed record CancelAnswer(MessageId MessageId, MessageState State);

/// <summary>A page of a list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Data">The page.</param>
/// <param name="Page">Its number, from 1.</param>
/// <param name="PageSize">The most that a page has.</param>
/// <param name="Total">How many there are in all.</param>
internal sealed record PageAnswer<T>(IReadOnlyList<T> Data, int Page, int PageSize, long Total);

/// <summary>A page of letters.</summary>
/// <param name="Data">The page.</param>
/// <param name="Page">Its number, from 1; null when it was asked for by cursor.</param>
/// <param name="PageSize">The most that a page has.</param>
/// <param name="Total">How many match in all.</param>
/// <param name="NextCursor">Where the next page begins; null on the last.</param>
/// <param name="TotalIsExact">Whether the total is all that match; otherwise there are more.</param>
internal sealed record LetterListAnswer(
    IReadOnlyList<Letter> Data, int? Page, int PageSize, long Total, string? NextCursor, bool TotalIsExact = true);

/// <summary>A page of the audit log, newest first.</summary>
/// <param name="Data">The page.</param>
/// <param name="PageSize">The most that a page has.</param>
/// <param name="NextCursor">Where the next page begins; null on the last.</param>
internal sealed record AuditListAnswer(IReadOnlyList<AuditEntry> Data, int PageSize, string? NextCursor);

/// <summary>A replay was started.</summary>
/// <param name="MessageId">The letter.</param>
/// <param name="Generation">The number of the replay.</param>
internal sealed record ReplayAnswer(MessageId MessageId, int Generation);

/// <summary>Stuck letters were looked after.</summary>
/// <param name="Reclaimed">How many were settled or made pending again.</param>
internal sealed record ReclaimAnswer(int Reclaimed);

/// <summary>Delivery was paused or resumed.</summary>
/// <param name="Name">Which downstream; null for all.</param>
/// <param name="Paused">Whether it is paused now.</param>
internal sealed record PauseAnswer(string? Name, bool Paused);

/// <summary>A store's health.</summary>
/// <param name="Name">The store.</param>
/// <param name="Status"><c>healthy</c>, <c>degraded</c> or <c>unhealthy</c>.</param>
/// <param name="Detail">What is wrong, and what to do; when nothing is, what an acknowledged write survives.</param>
internal sealed record StoreHealth(string Name, string Status, string? Detail);

/// <summary>The service's health.</summary>
/// <param name="Status"><c>healthy</c>, <c>degraded</c>, <c>draining</c> or <c>unhealthy</c>.</param>
/// <param name="Version">The program's version.</param>
/// <param name="UptimeSeconds">How long it has been running.</param>
/// <param name="Stores">Its stores; empty where they were not asked.</param>
internal sealed record HealthAnswer(string Status, string Version, double UptimeSeconds, IReadOnlyList<StoreHealth> Stores);

/// <summary>The queue in numbers.</summary>
/// <param name="Waiting">Messages that wait to be delivered.</param>
/// <param name="Active">Attempts on their way.</param>
/// <param name="Completed">Messages delivered since the start.</param>
/// <param name="Failed">Messages dead-lettered since the start.</param>
/// <param name="Delayed">Messages that wait for their time.</param>
/// <param name="Parked">Of the waiting ones, those that an open breaker or a pause holds; what waits for its turn is told apart.</param>
/// <param name="GreatestLatenessMs">How long the most overdue message has been overdue.</param>
/// <param name="MaxSize">How many may wait.</param>
internal sealed record QueueAnswer(
    long Waiting, long Active, long Completed, long Failed, long Delayed, long Parked, double GreatestLatenessMs, long MaxSize);

/// <summary>What waits for its turn, in numbers a few seconds old.</summary>
/// <param name="Behind">Of the waiting messages, those behind another of their ordering key.</param>
/// <param name="BlockedKeys">Ordering keys that a dead letter holds up until an operator acts. More than a hundred are told as a hundred.</param>
/// <param name="BlockedMessages">The messages that wait behind these dead letters.</param>
internal sealed record OrderingAnswer(long Behind, long BlockedKeys, long BlockedMessages);

/// <summary>A breaker in short.</summary>
/// <param name="Name">The downstream.</param>
/// <param name="State">What it lets through.</param>
/// <param name="Mode">Who decides.</param>
/// <param name="FailureRatio">Share of failures in the window.</param>
internal sealed record BreakerSummary(string Name, BreakerState State, BreakerMode Mode, double FailureRatio);

/// <summary>The service in numbers.</summary>
/// <param name="Status"><c>healthy</c>, <c>degraded</c>, <c>draining</c> or <c>unhealthy</c>.</param>
/// <param name="Queue">The queue.</param>
/// <param name="Ordering">What waits for its turn.</param>
/// <param name="DeliveryPaused">Whether delivery is paused altogether.</param>
/// <param name="BreakersTotal">How many breakers there are.</param>
/// <param name="Breakers">The first hundred of them, by name.</param>
/// <param name="Dlq">The dead-letter queue.</param>
/// <param name="Process">The process.</param>
internal sealed record SystemHealthAnswer(
    string Status,
    QueueAnswer Queue,
    OrderingAnswer Ordering,
    bool DeliveryPaused,
    int BreakersTotal,
    IReadOnlyList<BreakerSummary> Breakers,
    LetterStats Dlq,
    SystemState Process);

/// <summary>What the process uses.</summary>
/// <param name="CpuPercent">Processor use, 0 to 100 times the number of processors.</param>
/// <param name="Processors">How many processors it may use.</param>
/// <param name="MemoryBytes">Working set.</param>
/// <param name="MemoryLimitBytes">How much memory it may use.</param>
/// <param name="HeapBytes">Managed heap after the newest collection.</param>
/// <param name="GcCollections">Collections so far, by generation.</param>
/// <param name="Threads">Threads of the thread pool.</param>
/// <param name="PendingWorkItems">What waits for a thread.</param>
/// <param name="UptimeSeconds">How long it has been running.</param>
/// <param name="Silo">The silo's name.</param>
internal sealed record ResourcesAnswer(
    double CpuPercent,
    int Processors,
    long MemoryBytes,
    long MemoryLimitBytes,
    long HeapBytes,
    IReadOnlyList<int> GcCollections,
    int Threads,
    long PendingWorkItems,
    double UptimeSeconds,
    string Silo);
