using System.Text.Json.Serialization;


namespace DlqCluster.Breakers;

/// <summary>Outcomes within one second.</summary>
/// <param name="Second">Seconds since 1970.</param>
/// <param name="Successes">Attempts that succeeded.</param>
/// <param name="Failures">Attempts that failed.</param>
/// <param name="Slow">Of both, those that were slow.</param>
[GenerateSerializer, Immutable, Alias("dlq.BreakerBucket")]
public readonly record struct BreakerBucket(
    [property: Id(0)] long Second,
    [property: Id(1)] int Successes,
    [property: Id(2)] int Failures,
    [property: Id(3)] int Slow);

/// <summary>A probe that is out.</summary>
/// <param name="Id">Its permit.</param>
/// <param name="LapsesAt">When it is given up, so that another one may go.</param>
/// <param name="Silo">Who sends it.</param>
[GenerateSerializer, Immutable, Alias("dlq.BreakerProbe")]
public readonly record struct BreakerProbe(
    [property: Id(0)] string Id, [property: Id(1)] DateTimeOffset LapsesAt, [property: Id(2)] string? Silo = null);

/// <summary>What a circuit breaker stores.</summary>
[GenerateSerializer, Immutable, Alias("dlq.BreakerRecord")]
public sealed record BreakerRecord
{
    /// <summary>What the outcomes have led to; what is in force also depends on <see cref="Mode"/>.</summary>
    [Id(0)] public BreakerState State { get; init; }

    /// <summary>Who decides.</summary>
    [Id(1)] public BreakerMode Mode { get; init; }

    /// <summary>Why it is forced.</summary>
    [Id(2)] public string? ModeReason { get; init; }

    /// <summary>When the forced mode ends by itself.</summary>
    [Id(3)] public DateTimeOffset? ModeUntil { get; init; }

    /// <summary>When it opened.</summary>
    [Id(4)] public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>When the present half-open round began.</summary>
    [Id(5)] public DateTimeOffset? HalfOpenAt { get; init; }

    /// <summary>When it last closed after having been open; the recovery ramp counts from here.</summary>
    [Id(6)] public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>Outcomes by second, oldest first.</summary>
    [Id(7)] public IReadOnlyList<BreakerBucket> Window { get; init; } = [];

    /// <summary>Failures in a row.</summary>
    [Id(8)] public int ConsecutiveFailures { get; init; }

    /// <summary>Probes that are out.</summary>
    [Id(9)] public IReadOnlyList<BreakerProbe> ProbesOut { get; init; } = [];

    /// <summary>Probes of this round that succeeded.</summary>
    [Id(10)] public int ProbeSuccesses { get; init; }

    /// <summary>Probes of this round that failed.</summary>
    [Id(11)] public int ProbeFailures { get; init; }

    /// <summary>Permits given out, ever; names the next one.</summary>
    [Id(12)] public long PermitsGiven { get; init; }

    /// <summary>Grows with every transition.</summary>
    [Id(13)] public long Version { get; init; }

    /// <summary>The newest transitions, newest first.</summary>
    [Id(14)] public IReadOnlyList<BreakerTransition> Transitions { get; init; } = [];

    /// <summary>What is in force.</summary>
    [JsonIgnore]
    public BreakerState EffectiveState => Mode switch
    {
        BreakerMode.ForcedOpen => BreakerState.Open,
        BreakerMode.Auto => State,
        _ => BreakerState.Closed,
    };
}
