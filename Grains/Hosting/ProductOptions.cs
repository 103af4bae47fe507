using System.ComponentModel.DataAnnotations;

namespace DlqCluster.Hosting;

/// <summary>How the data is split. Fixed when the data is created; a start with another number is refused.</summary>
public sealed class PartitionOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Partitions";

    /// <summary>How many partitions the ledger and the dead letters have, 1 to 4,096.</summary>
    [Range(1, 4096)] public int Count { get; set; } = 16;
}

/// <summary>Limits of the queue.</summary>
public sealed class QueueOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Queue";

    /// <summary>Messages that may wait to be delivered (those with a later <c>deliverAt</c> not counted) before submits get 503; 1 to 100,000,000.</summary>
    [Range(1, 100_000_000)] public long MaxSize { get; set; } = 100_000;

    /// <summary>What <c>Retry-After</c> then says, in seconds, 1 to 3,600.</summary>
    [Range(1, 3600)] public int RetryAfterSeconds { get; set; } = 5;
}

/// <summary>How long repeats are recognised.</summary>
public sealed class IdempotencyOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Idempotency";

    /// <summary>How long after a message's end its key is remembered, 1 second to 365 days.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")] public TimeSpan Window { get; set; } = TimeSpan.FromHours(24);
}

/// <summary>Limits of what a client may send.</summary>
public sealed class IngestOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Ingest";

    /// <summary>Largest body of one message, in bytes, 1 KiB to 16 MiB.</summary>
    [Range(1024, 16 * 1024 * 1024)] public int MaxBodyBytes { get; set; } = 256 * 1024;

    /// <summary>Most messages in a batch, 1 to 100,000.</summary>
    [Range(1, 100_000)] public int MaxBatchMessages { get; set; } = 1_000;

    /// <summary>Largest body of a batch, in bytes, 1 KiB to 256 MiB.</summary>
    [Range(1024, 256 * 1024 * 1024)] public int MaxBatchBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>How many messages of a batch are worked on at once, 1 to 10,000.</summary>
    [Range(1, 10_000)] public int BatchConcurrency { get; set; } = 256;

    /// <summary>How far ahead a message may be scheduled, 1 second to 3,650 days.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")] public TimeSpan MaxDelay { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Longest text of a name, key or id field, in characters, 1 to 4,096.</summary>
    [Range(1, 4096)] public int MaxFieldLength { get; set; } = 256;

    /// <summary>Most tags a message may have, 0 to 1,000.</summary>
    [Range(0, 1000)] public int MaxTags { get; set; } = 32;

    /// <summary>Deepest nesting of a body, 2 to 1,000.</summary>
    [Range(2, 1000)] public int MaxDepth { get; set; } = 64;
}

/// <summary>The general retry policy; downstreams and messages may have their own.</summary>
public sealed class RetryOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Retry";

    /// <summary>Retries after the first attempt, 0 to 100.</summary>
    [Range(0, 100)] public int MaxRetries { get; set; } = 3;

    /// <summary>Backoff before the first retry, in milliseconds, 1 to 86,400,000. It doubles with each further one.</summary>
    [Range(1, 86_400_000)] public int BaseBackoffMs { get; set; } = 1_000;

    /// <summary>Longest backoff, in milliseconds, 1 to 86,400,000.</summary>
    [Range(1, 86_400_000)] public int MaxBackoffMs { get; set; } = 30_000;

    /// <summary>How far a backoff may stray to either side, in percent, 0 to 100.</summary>
    [Range(0, 100)] public int JitterPercent { get; set; } = 20;
}

/// <summary>How messages are delivered.</summary>
public sealed class DeliveryOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Delivery";

    /// <summary>
    /// Whether this process sends. Without it everything is accepted and waits, as if all delivery were paused, and no resume changes that. In a
    /// cluster give it to all silos alike.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Whether a process starts although it cannot open the secrets of some downstreams, because the key ring is lost. It sends those nothing, and no
    /// resume changes that, until each has been defined anew. Otherwise the start is refused.
    /// </summary>
    public bool HoldUnreadable { get; set; }

    /// <summary>Messages a downstream that one silo keeps waiting in memory; what exceeds it waits in the ledger. 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)] public int MaxWaiting { get; set; } = 5_000;

    /// <summary>
    /// When a silo is just accepting more messages than this, its deliveries make way, unless the queue is half full (<c>Queue:MaxSize</c>).
    /// 1 to 1,000,000.
    /// </summary>
    [Range(1, 1_000_000)] public int YieldAbove { get; set; } = 128;

    /// <summary>For how long, in milliseconds, 1 to 1,000.</summary>
    [Range(1, 1_000)] public int YieldMs { get; set; } = 50;

    /// <summary>How much of its <c>MaxConcurrency</c> a downstream then keeps, in percent, and at least one. 1 to 100; with 100 no delivery makes way.</summary>
    [Range(1, 100)] public int YieldPercent { get; set; } = 2;

    /// <summary>Messages that one silo keeps in memory while their backoff runs; what exceeds it waits in the ledger. 0 to 1,000,000.</summary>
    [Range(0, 1_000_000)] public int MaxTimers { get; set; } = 10_000;

    /// <summary>A backoff longer than this, in milliseconds, waits in the ledger and not in memory. 0 to 3,600,000.</summary>
    [Range(0, 3_600_000)] public int MaxTimerWaitMs { get; set; } = 60_000;

    /// <summary>How long the ledger trusts an activation to see to its message before it looks, in milliseconds, 1,000 to 3,600,000.</summary>
    [Range(1_000, 3_600_000)] public int WatchdogMs { get; set; } = 60_000;

    /// <summary>How long a lease of a breaker's state lasts, in milliseconds, 10 to 250.</summary>
    [Range(10, 250)] public int LeaseMs { get; set; } = 250;

    /// <summary>Attempts whose details a message keeps, 1 to 1,000.</summary>
    [Range(1, 1000)] public int MaxAttemptsKept { get; set; } = 50;

    /// <summary>Longest error text that is kept, in characters, 80 to 64,000.</summary>
    [Range(80, 64_000)] public int MaxErrorLength { get; set; } = 1_000;

    /// <summary>Most bytes of a downstream's answer that are read, 0 to 1,048,576.</summary>
    [Range(0, 1_048_576)] public int MaxResponseBytes { get; set; } = 4_096;

    /// <summary>Most bytes of the headers of a downstream's answer, 1,024 to 1,048,576; with more the attempt has failed.</summary>
    [Range(1_024, 1_048_576)] public int MaxResponseHeaderBytes { get; set; } = 65_536;

    /// <summary>How long a shutdown waits for attempts that are on their way, in milliseconds, 0 to 300,000.</summary>
    [Range(0, 300_000)] public int ShutdownGraceMs { get; set; } = 10_000;

    /// <summary>Most downstreams there may be, 1 to 100,000.</summary>
    [Range(1, 100_000)] public int MaxDownstreams { get; set; } = 1_000;

    /// <summary>How old a silo's copy of the downstream catalogue may get, in milliseconds, 10 to 60,000.</summary>
    [Range(10, 60_000)] public int CatalogRefreshMs { get; set; } = 1_000;

    /// <summary>How often the record of an attempt's end is written anew when storage fails, 0 to 1,000.</summary>
    [Range(0, 1000)] public int MaxRecordRetries { get; set; } = 60;
}

/// <summary>How the ledger works.</summary>
public sealed class LedgerOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Ledger";

    /// <summary>How often a partition looks for what is due, in milliseconds, 10 to 60,000.</summary>
    [Range(10, 60_000)] public int PollIntervalMs { get; set; } = 250;

    /// <summary>
    /// How soon it looks again, in milliseconds, when it left some for want of room at a gate that lets out, or took as many as it may in one look.
    /// 10 to 60,000; <c>PollIntervalMs</c> if that is less.
    /// </summary>
    [Range(10, 60_000)] public int BusyPollIntervalMs { get; set; } = 50;

    /// <summary>Messages that a partition wakes an interval whose downstream is not known, while no gate has room. 1 to 10,000.</summary>
    [Range(1, 10_000)] public int MinBatchSize { get; set; } = 16;

    /// <summary>Messages that a partition wakes at once, 1 to 10,000.</summary>
    [Range(1, 10_000)] public int BatchSize { get; set; } = 256;

    /// <summary>Batches that a partition takes from one lane in one look, 1 to 1,000.</summary>
    [Range(1, 1000)] public int MaxBatchesPerPoll { get; set; } = 8;

    /// <summary>How often a partition counts its entries, in milliseconds, 100 to 3,600,000.</summary>
    [Range(100, 3_600_000)] public int CountIntervalMs { get; set; } = 5_000;

    /// <summary>Whether all that a silo had in hand is due at once when it starts. True for an engine that is one process.</summary>
    public bool RecoverAtStart { get; set; } = true;
}
