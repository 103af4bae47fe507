using System.Globalization;
using DlqCluster.Messages;
using DlqCluster.Simulation.Time;

namespace DlqCluster.Simulation.Workload;

/// <summary>
/// How a world is set up. Times are short, so that much happens in a minute, but keep their relations. What is promised is checked against
/// these numbers and never against the silos' own options.
/// </summary>
internal sealed record Setup
{
    /// <summary>How long a caller waits for a grain.</summary>
    public static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(4);

    /// <summary>How often a silo reads its share of the reminders.</summary>
    public static readonly TimeSpan ReminderRefresh = TimeSpan.FromSeconds(10);

    /// <summary>How often idle activations are looked for, and how long an idle message keeps its.</summary>
    public static readonly TimeSpan CollectionQuantum = TimeSpan.FromSeconds(5);

    /// <inheritdoc cref="CollectionQuantum"/>
    public static readonly TimeSpan MessageAge = TimeSpan.FromSeconds(10);

    /// <summary>The longest that a lease of a breaker may last.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a breaker that is in use goes on without reading anew what is stored of it.</summary>
    public static readonly TimeSpan BreakerRecheck = TimeSpan.FromSeconds(10);

    /// <summary>The downstreams' names.</summary>
    public static readonly string[] Targets = ["default", "other"];

    private static readonly int[] _mostWaiting = [4, 16, 500];
    private static readonly int[] _mostTimers = [0, 3, 500];
    private static readonly int[] _longestLanes = [2, 500];

    public int Silos { get; init; }

    public int Partitions { get; init; }

    public int MaxRetries { get; init; }

    public int BaseBackoffMs { get; init; }

    public int MaxBackoffMs { get; init; }

    public int JitterPercent { get; init; }

    public int MaxConcurrency { get; init; }

    public int TimeoutMs { get; init; }

    public int Probes { get; init; }

    public int MaxWaiting { get; init; }

    public int MaxTimers { get; init; }

    public int BatchSize { get; init; }

    public int MaxReplays { get; init; }

    public double? RatePerSecond { get; init; }

    /// <summary>Messages of one ordering key that may wait.</summary>
    public int MaxLaneLength { get; init; }

    /// <summary>The downstreams whose messages wait behind one of their key that was dead-lettered.</summary>
    public IReadOnlyList<string> Blocking { get; init; } = [];

    /// <summary>Payloads longer than this are kept in the payload store: all, or none.</summary>
    public int InlineLimit { get; init; }

    /// <summary>How long a key is remembered after its message's end.</summary>
    public TimeSpan Window { get; init; }

    /// <summary>Whether the world goes on until everything is forgotten.</summary>
    public bool AwaitsForgetting { get; init; }

    /// <summary>How long clients and faults are at work.</summary>
    public TimeSpan Span { get; init; }

    /// <summary>Draws one.</summary>
    public static Setup Draw(Chance chance)
    {
        var order = chance.Fork("order");
        return DrawBase(chance) with { MaxLaneLength = order.Pick(_longestLanes), Blocking = Targets.Where(_ => order.Happens(0.5)).ToArray() };
    }

    private static Setup DrawBase(Chance chance) => new()
    {
        Silos = chance.From(1, 3),
        Partitions = chance.From(1, 2),
        MaxRetries = chance.From(0, 3),
        BaseBackoffMs = chance.From(50, 300),
        MaxBackoffMs = chance.From(300, 1_500),
        JitterPercent = chance.From(0, 1) * 20,
        MaxConcurrency = chance.From(1, 6),
        TimeoutMs = chance.From(500, 1_500),
        Probes = chance.From(1, 3),
        MaxWaiting = chance.Pick(_mostWaiting),
        MaxTimers = chance.Pick(_mostTimers),
        BatchSize = chance.From(2, 12),
        MaxReplays = chance.From(1, 3),
        RatePerSecond = chance.Happens(0.3) ? chance.From(5, 50) : null,
        Window = chance.Span(8_000, 40_000),
        AwaitsForgetting = chance.Happens(0.2),
        Span = chance.Span(5_000, 25_000),
        InlineLimit = chance.From(0, 1) * 1_000,
    };

    /// <summary>The configuration of a silo.</summary>
    public Dictionary<string, string?> Settings()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Partitions:Count"] = Text(Partitions),
            ["Retry:MaxRetries"] = Text(MaxRetries),
            ["Retry:BaseBackoffMs"] = Text(BaseBackoffMs),
            ["Retry:MaxBackoffMs"] = Text(MaxBackoffMs),
            ["Retry:JitterPercent"] = Text(JitterPercent),
            ["Delivery:MaxWaiting"] = Text(MaxWaiting),
            ["Delivery:MaxTimers"] = Text(MaxTimers),
            ["Delivery:MaxTimerWaitMs"] = "1000",
            ["Delivery:WatchdogMs"] = "5000",
            ["Delivery:ShutdownGraceMs"] = "2000",
            ["Delivery:CatalogRefreshMs"] = "1000",
            ["Ledger:PollIntervalMs"] = "500",
            ["Ledger:BatchSize"] = Text(BatchSize),
            ["Ledger:RecoverAtStart"] = Silos == 1 ? "true" : "false",
            ["Idempotency:Window"] = Window.ToString("c", CultureInfo.InvariantCulture),
            ["Payloads:InlineLimit"] = Text(InlineLimit),
            // Longer than any write is on its way.
            ["Payloads:OrphanAge"] = "00:00:10",
            ["Payloads:SweepIntervalMs"] = "1000",
            ["Dlq:PollIntervalMs"] = "1000",
            ["Dlq:BatchSize"] = Text(BatchSize),
            ["Dlq:MaxReplays"] = Text(MaxReplays),
            ["Dlq:StuckAfter"] = "00:00:08",
            ["Dlq:ConditionalClosedFor"] = "00:00:03",
            ["Dlq:ImmediateDelays:0"] = "00:00:02",
            ["Dlq:ImmediateDelays:1"] = "00:00:05",
            ["Dlq:Strategies:RATE_LIMITED"] = "Conditional",
            ["Ordering:MaxLaneLength"] = Text(MaxLaneLength),
            ["Ordering:RecheckMs"] = "2000",
            ["Replays:MaxRunning"] = "3",
            ["Replays:SaveIntervalMs"] = "300",
            ["Replays:AskAfterMs"] = "3000",
            ["Replays:MaxStartTries"] = "1000",
            ["Replays:RampStepMs"] = "500",
            ["Replays:RampMinimumOutcomes"] = "2",
        };
        foreach (var target in Targets)
        {
            AddDownstream(settings, $"Downstreams:{target}:");
            if (Blocking.Contains(target)) settings[$"Downstreams:{target}:OnDeadLetter"] = "Block";
        }

        return settings;
    }

    private void AddDownstream(Dictionary<string, string?> settings, string prefix)
    {
        settings[prefix + "TimeoutMs"] = Text(TimeoutMs);
        settings[prefix + "MaxConcurrency"] = Text(MaxConcurrency);
        if (RatePerSecond is { } rate) settings[prefix + "RatePerSecond"] = rate.ToString(CultureInfo.InvariantCulture);
        settings[prefix + "Breaker:WindowMs"] = "5000";
        settings[prefix + "Breaker:MinimumRequests"] = "4";
        settings[prefix + "Breaker:ConsecutiveFailures"] = "5";
        settings[prefix + "Breaker:OpenMs"] = "2000";
        settings[prefix + "Breaker:Probes"] = Text(Probes);
        settings[prefix + "Breaker:HalfOpenMs"] = "2000";
        settings[prefix + "Breaker:RampDoublingMs"] = "500";
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>How the downstream treats a message, whatever else is the matter with it.</summary>
internal enum Treatment
{
    /// <summary>It takes it.</summary>
    Takes,

    /// <summary>It fails the first attempts.</summary>
    FailsFirst,

    /// <summary>It fails every attempt.</summary>
    FailsAlways,

    /// <summary>It refuses it for good.</summary>
    Refuses,
}

/// <summary>A message that a client means to send.</summary>
/// <param name="Ordinal">Its number in the plan.</param>
internal sealed record MessageSpec(int Ordinal)
{
    /// <summary>What a repeat of it is recognised by; null for none.</summary>
    public string? Key { get; init; }

    public string Target { get; init; } = Setup.Targets[0];

    public MessagePriority Priority { get; init; }

    /// <summary>What ties it to others that it must not overtake; null for none.</summary>
    public string? OrderingKey { get; init; }

    /// <summary>How long after it is submitted it may be delivered.</summary>
    public TimeSpan? DeliverAfter { get; init; }

    /// <summary>How long after it is submitted it expires.</summary>
    public TimeSpan? ExpiresAfter { get; init; }

    public int? MaxRetries { get; init; }

    public Treatment Treatment { get; init; }

    /// <summary>How many attempts fail first.</summary>
    public int Failures { get; init; }

    /// <summary>How they fail.</summary>
    public ErrorType Error { get; init; }

    /// <summary>The body, in one of its variants: 0 as it is meant, others as somebody changed it.</summary>
    public string Body(int variant) => string.Create(CultureInfo.InvariantCulture, $"\"{Ordinal}.{variant}\"");

    /// <summary>The number of the message and of the variant that a body is.</summary>
    public static (int Ordinal, int Variant) Read(string body)
    {
        var parts = body.Trim('"').Split('.');
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
