using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace DlqCluster.Breakers;

/// <summary>What a circuit breaker lets through. The numbers are those of the metric <c>circuit_breaker_state</c>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BreakerState>))]
public enum BreakerState
{
    /// <summary>Everything passes.</summary>
    [JsonStringEnumMemberName("CLOSED")] Closed = 0,

    /// <summary>Nothing passes.</summary>
    [JsonStringEnumMemberName("OPEN")] Open = 1,

    /// <summary>A counted number of probes passes.</summary>
    [JsonStringEnumMemberName("HALF_OPEN")] HalfOpen = 2,
}

/// <summary>Who decides on a breaker's state.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BreakerMode>))]
public enum BreakerMode
{
    /// <summary>The outcomes of attempts do.</summary>
    [JsonStringEnumMemberName("auto")] Auto,

    /// <summary>An operator holds it open.</summary>
    [JsonStringEnumMemberName("forcedOpen")] ForcedOpen,

    /// <summary>An operator holds it closed.</summary>
    [JsonStringEnumMemberName("forcedClosed")] ForcedClosed,

    /// <summary>It is always closed and counts nothing.</summary>
    [JsonStringEnumMemberName("disabled")] Disabled,

    /// <summary>It is always closed, and counts.</summary>
    [JsonStringEnumMemberName("metricsOnly")] MetricsOnly,
}

/// <summary>When a breaker trips, and how it recovers. Changing these keeps its counts.</summary>
[GenerateSerializer, Immutable, Alias("dlq.BreakerSettings")]
public sealed record BreakerSettings
{
    /// <summary>Length of the sliding window, in milliseconds, 1,000 to 3,600,000.</summary>
    [Id(0), Range(1_000, 3_600_000)] public int WindowMs { get; init; } = 60_000;

    /// <summary>Share of failures in the window at which it trips, above 0 to 1.</summary>
    [Id(1), Range(0.001, 1.0)] public double FailureRatio { get; init; } = 0.5;

    /// <summary>Fewest outcomes in the window for the ratio to count, 1 to 1,000,000.</summary>
    [Id(2), Range(1, 1_000_000)] public int MinimumRequests { get; init; } = 10;

    /// <summary>Failures in a row that trip it, however few requests there are; 0 switches this rule off.</summary>
    [Id(3), Range(0, 1_000_000)] public int ConsecutiveFailures { get; init; } = 20;

    /// <summary>How long it stays open before it probes, in milliseconds, 10 to 3,600,000.</summary>
    [Id(4), Range(10, 3_600_000)] public int OpenMs { get; init; } = 30_000;

    /// <summary>How many probes it lets out when half-open, over all silos, 1 to 1,000.</summary>
    [Id(5), Range(1, 1_000)] public int Probes { get; init; } = 10;

    /// <summary>Share of the probes that must succeed for it to close, above 0 to 1.</summary>
    [Id(6), Range(0.001, 1.0)] public double ProbeSuccessRatio { get; init; } = 0.8;

    /// <summary>
    /// How long it may stay half-open with probes that came back but are too few to decide, in milliseconds, 100 to 3,600,000. Then those
    /// that came back decide. This is what keeps it from sticking when traffic is rare.
    /// </summary>
    [Id(7), Range(100, 3_600_000)] public int HalfOpenMs { get; init; } = 30_000;

    /// <summary>An attempt that takes longer than this, in milliseconds, counts as slow; null switches this rule off.</summary>
    [Id(8), Range(1, 600_000)] public int? SlowCallMs { get; init; }

    /// <summary>Share of slow attempts in the window at which it trips, above 0 to 1.</summary>
    [Id(9), Range(0.001, 1.0)] public double SlowCallRatio { get; init; } = 0.8;

    /// <summary>Whether permanent failures (the downstream answered, and refused) count as failures.</summary>
    [Id(10)] public bool CountPermanentFailures { get; init; }

    /// <summary>Attempts a second that are admitted right after it closes, 1 to 1,000,000. See <see cref="RampDoublingMs"/>.</summary>
    [Id(11), Range(1.0, 1_000_000.0)] public double RampStartPerSecond { get; init; } = 20;

    /// <summary>
    /// After closing, the admitted rate doubles each time this many milliseconds have passed, so that a recovering downstream is not knocked
    /// over by what waited; 0 switches the ramp off.
    /// </summary>
    [Id(12), Range(0, 600_000)] public int RampDoublingMs { get; init; } = 2_000;

    /// <summary>The rate at which the ramp ends and only the downstream's own limits remain, per second, 1 to 1,000,000.</summary>
    [Id(13), Range(1.0, 1_000_000.0)] public double RampEndPerSecond { get; init; } = 5_000;
}

/// <summary>Outcomes that a gate saw since its last report.</summary>
[GenerateSerializer, Immutable, Alias("dlq.BreakerReport")]
public sealed record BreakerReport
{
    /// <summary>The reporting silo.</summary>
    [Id(0)] public string Silo { get; init; } = "";

    /// <summary>Grows by one with each new report of that silo; a report that is sent again keeps its number and is counted once.</summary>
    [Id(1)] public long Sequence { get; init; }

    /// <summary>Attempts that succeeded.</summary>
    [Id(2)] public int Successes { get; init; }

    /// <summary>Attempts that failed and count as such.</summary>
    [Id(3)] public int Failures { get; init; }

    /// <summary>Of all these, those that were slow.</summary>
    [Id(4)] public int Slow { get; init; }

    /// <summary>Failures since the last success in this report.</summary>
    [Id(5)] public int TrailingFailures { get; init; }

    /// <summary>The newest failure in words, for the transition it may cause.</summary>
    [Id(6)] public string? LastError { get; init; }
}

/// <summary>What a gate may do for a short while without asking again.</summary>
/// <param name="State">Closed: send. Open: send nothing. Half-open: ask for a permit for each message.</param>
/// <param name="Version">Grows with every transition.</param>
/// <param name="ValidForMs">How long the lease lasts from the moment the gate asked for it, in milliseconds.</param>
/// <param name="AdmitPerSecond">The recovery ramp's present rate for this silo; null when there is no ramp.</param>
/// <param name="RetryAfterMs">When it is worth asking again while nothing may be sent, in milliseconds.</param>
[GenerateSerializer, Immutable, Alias("dlq.BreakerLease")]
public sealed record BreakerLease(
    [property: Id(0)] BreakerState State,
    [property: Id(1)] long Version,
    [property: Id(2)] int ValidForMs,
    [property: Id(3)] double? AdmitPerSecond,
    [property: Id(4)] int RetryAfterMs);

/// <summary>The answer to a gate that asks whether it may send one probe.</summary>
/// <param name="Permit">Names the permit in the report of its outcome; null when none is free.</param>
/// <param name="Lease">The breaker as it is now.</param>
[GenerateSerializer, Immutable, Alias("dlq.ProbeAnswer")]
public sealed record ProbeAnswer([property: Id(0)] string? Permit, [property: Id(1)] BreakerLease Lease);

/// <summary>One change of a breaker's state or mode.</summary>
[GenerateSerializer, Immutable, Alias("dlq.BreakerTransition")]
public sealed record BreakerTransition
{
    /// <summary>When.</summary>
    [Id(0)] public DateTimeOffset At { get; init; }

    /// <summary>The state before.</summary>
    [Id(1)] public BreakerState From { get; init; }

    /// <summary>The state after.</summary>
    [Id(2)] public BreakerState To { get; init; }

    /// <summary>The mode after.</summary>
    [Id(3)] public BreakerMode Mode { get; init; }

    /// <summary>Why, in words.</summary>
    [Id(4)] public string Reason { get; init; } = "";

    /// <summary>The operator who did it; null when the breaker did it by itself.</summary>
    [Id(5)] public string? By { get; init; }

    /// <summary>The silo that alone was cut off, or let in again, and whose states these are; null when it is about all silos.</summary>
    [Id(6)] public string? Silo { get; init; }
}

/// <summary>What one silo has seen of a downstream, and what it may do.</summary>
[GenerateSerializer, Immutable, Alias("dlq.BreakerSiloView")]
public sealed record BreakerSiloView
{
    /// <summary>The silo.</summary>
    [Id(0)] public string Silo { get; init; } = "";

    /// <summary>What it lets through now. It differs from the breaker's state where the silo alone is cut off.</summary>
    [Id(1)] public BreakerState State { get; init; }

    /// <summary>Its successes in the window.</summary>
    [Id(2)] public long Successes { get; init; }

    /// <summary>Its failures in the window.</summary>
    [Id(3)] public long Failures { get; init; }

    /// <summary>Since when it alone is cut off.</summary>
    [Id(4)] public DateTimeOffset? CutOffAt { get; init; }

    /// <summary>Why it alone is cut off.</summary>
    [Id(5)] public string? Reason { get; init; }
}

/// <summary>A breaker as an operator sees it.</summary>
[GenerateSerializer, Immutable, Alias("dlq.BreakerView")]
public sealed record BreakerView
{
    /// <summary>The downstream's name.</summary>
    [Id(0)] public string Name { get; init; } = "";

    /// <summary>What it lets through now.</summary>
    [Id(1)] public BreakerState State { get; init; }

    /// <summary>Who decides.</summary>
    [Id(2)] public BreakerMode Mode { get; init; }

    /// <summary>Why it is forced.</summary>
    [Id(3)] public string? ModeReason { get; init; }

    /// <summary>When the forced mode ends by itself.</summary>
    [Id(4)] public DateTimeOffset? ModeUntil { get; init; }

    /// <summary>Share of failures in the window, 0 to 1.</summary>
    [Id(5)] public double FailureRatio { get; init; }

    /// <summary>Share of slow attempts in the window, 0 to 1.</summary>
    [Id(6)] public double SlowRatio { get; init; }

    /// <summary>Successes in the window.</summary>
    [Id(7)] public long Successes { get; init; }

    /// <summary>Failures in the window.</summary>
    [Id(8)] public long Failures { get; init; }

    /// <summary>Failures in a row.</summary>
    [Id(9)] public int ConsecutiveFailures { get; init; }

    /// <summary>When it opened; null unless it is open or half-open.</summary>
    [Id(10)] public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>When it will probe, while it is open by itself.</summary>
    [Id(11)] public DateTimeOffset? NextProbeAt { get; init; }

    /// <summary>When it last closed.</summary>
    [Id(12)] public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>The settings in force.</summary>
    [Id(13)] public BreakerSettings Settings { get; init; } = new();

    /// <summary>The last 50 transitions, newest first.</summary>
    [Id(14)] public IReadOnlyList<BreakerTransition> Transitions { get; init; } = [];

    /// <summary>The silos that have asked lately, by name.</summary>
    [Id(15)] public IReadOnlyList<BreakerSiloView> Silos { get; init; } = [];
}

/// <summary>An operator's command to hold a breaker in a mode.</summary>
/// <param name="Mode">The mode; <see cref="BreakerMode.Auto"/> lets go of it and closes it (reset).</param>
/// <param name="Reason">Why.</param>
/// <param name="By">Who.</param>
/// <param name="For">How long; null until reset.</param>
[GenerateSerializer, Immutable, Alias("dlq.ForceBreaker")]
public sealed record ForceBreaker(
    [property: Id(0)] BreakerMode Mode,
    [property: Id(1)] string Reason,
    [property: Id(2)] string By,
    [property: Id(3)] TimeSpan? For);

/// <summary>The circuit breaker of one downstream (its key), one for the whole cluster.</summary>
[Alias("dlq.ICircuitBreakerGrain")]
public interface ICircuitBreakerGrain : IGrainWithStringKey
{
    /// <summary>Takes a gate's outcomes into account and renews its lease; a report without outcomes only renews.</summary>
    /// <param name="report">The outcomes.</param>
    [Alias("Report")]
    Task<BreakerLease> Report(BreakerReport report);

    /// <summary>Asks to send one probe. A permit that is not reported within the downstream's timeout falls back.</summary>
    /// <param name="silo">The asking silo.</param>
    [Alias("AcquireProbe")]
    Task<ProbeAnswer> AcquireProbe(string silo);

    /// <summary>Reports how a probe went; reporting a permit twice, or one that fell back, counts nothing.</summary>
    /// <param name="silo">The silo that sent it.</param>
    /// <param name="permit">The permit.</param>
    /// <param name="succeeded">True, false, or null when nothing was sent after all and the permit is handed back.</param>
    /// <param name="error">The failure in words.</param>
    [Alias("ReportProbe")]
    Task<BreakerLease> ReportProbe(string silo, string permit, bool? succeeded, string? error);

    /// <summary>The breaker as an operator sees it.</summary>
    [Alias("Get"), Orleans.Concurrency.AlwaysInterleave]
    Task<BreakerView> Get();

    /// <summary>As <see cref="Get"/>, and takes on what time alone has changed, as a gate's call does. For who waits for it to recover while nothing is sent.</summary>
    [Alias("Look")]
    Task<BreakerView> Look();

    /// <summary>Puts it into a mode, durably.</summary>
    /// <param name="command">The command.</param>
    [Alias("Force")]
    Task<BreakerView> Force(ForceBreaker command);
}
