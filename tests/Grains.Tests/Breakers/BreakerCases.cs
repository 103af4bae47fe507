using DlqCluster.Breakers;
using DlqCluster.Grains.Tests.Support;

namespace DlqCluster.Grains.Tests.Breakers;

/// <summary>Breakers in every state, and what happens to them.</summary>
internal static class BreakerCases
{
    public static readonly TimeSpan Lapse = TimeSpan.FromSeconds(15);

    /// <summary>The defaults, without the rule of failures in a row, so that the ratio can be seen by itself.</summary>
    public static readonly BreakerSettings RatioOnly = new() { ConsecutiveFailures = 0 };

    public static readonly BreakerSettings Default = new();

    public static BreakerReport Outcomes(int successes, int failures, int slow = 0, int? trailing = null, string? error = null) => new()
    {
        Silo = "a",
        Successes = successes,
        Failures = failures,
        Slow = slow,
        TrailingFailures = trailing ?? (successes > 0 ? 0 : failures),
        LastError = error,
    };

    public static BreakerRecord Open(BreakerSettings settings, DateTimeOffset at)
    {
        var record = CircuitBreaker.Report(new BreakerRecord(), settings, Outcomes(0, Math.Max(settings.MinimumRequests, 1)), at);
        Assert.Equal(BreakerState.Open, record.State);
        return record;
    }

    public static BreakerRecord HalfOpen(BreakerSettings settings)
    {
        var record = CircuitBreaker.Tick(Open(settings, Samples.Start), settings, Samples.Start.AddMilliseconds(settings.OpenMs));
        Assert.Equal(BreakerState.HalfOpen, record.State);
        return record;
    }

    /// <summary>The moment that <see cref="HalfOpen"/> is at.</summary>
    public static DateTimeOffset HalfOpenAt(BreakerSettings settings) => Samples.Start.AddMilliseconds(settings.OpenMs);

    /// <summary>Takes every permit that is free.</summary>
    public static (BreakerRecord Record, string[] Permits) TakeAll(BreakerRecord record, BreakerSettings settings, DateTimeOffset now)
    {
        var permits = new List<string>();
        while (true)
        {
            (record, var permit) = CircuitBreaker.AcquireProbe(record, settings, Lapse, now);
            if (permit is null) return (record, permits.ToArray());
            permits.Add(permit);
        }
    }

    public static BreakerRecord Force(BreakerRecord record, BreakerMode mode, DateTimeOffset now, TimeSpan? duration = null) =>
        CircuitBreaker.Force(record, new ForceBreaker(mode, "because", "ann", duration), now);
}
