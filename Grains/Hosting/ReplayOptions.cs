using System.ComponentModel.DataAnnotations;

namespace DlqCluster.Hosting;

/// <summary>How replay jobs work, and their limits.</summary>
public sealed class ReplayOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Replays";

    /// <summary>Replay jobs that may run at once, 1 to 1,000. Paused and waiting ones count.</summary>
    [Range(1, 1000)] public int MaxRunning { get; set; } = 10;

    /// <summary>Replay jobs that are remembered, 1 to 100,000; beyond it the oldest that have ended are forgotten. Not less than <see cref="MaxRunning"/>.</summary>
    [Range(1, 100_000)] public int MaxJobsKept { get; set; } = 1_000;

    /// <summary>Downstreams that the letters of one job may belong to, 1 to 10,000.</summary>
    [Range(1, 10_000)] public int MaxTargets { get; set; } = 1_000;

    /// <summary>Letters that a job takes in hand with one write of its state, unless it says otherwise; 1 to <see cref="MaxBatchSize"/>.</summary>
    [Range(1, 10_000)] public int BatchSize { get; set; } = 100;

    /// <summary>The most that a job may ask for as its batch size, 1 to 10,000.</summary>
    [Range(1, 10_000)] public int MaxBatchSize { get; set; } = 1_000;

    /// <summary>Replays of a job that may be under way at once, unless it says otherwise; 1 to <see cref="MaxConcurrentLimit"/>.</summary>
    [Range(1, 10_000)] public int MaxConcurrent { get; set; } = 100;

    /// <summary>The most that a job may ask for as its number of replays under way, 1 to 10,000.</summary>
    [Range(1, 10_000)] public int MaxConcurrentLimit { get; set; } = 1_000;

    /// <summary>Replays that a job starts a second, unless it says otherwise; above 0, to <see cref="MaxRatePerSecond"/>.</summary>
    [Range(0.01, 100_000.0)] public double RatePerSecond { get; set; } = 50;

    /// <summary>The most that a job may ask for as its rate, 1 to 100,000 a second.</summary>
    [Range(1.0, 100_000.0)] public double MaxRatePerSecond { get; set; } = 5_000;

    /// <summary>How often a job starts what its rate allows, in milliseconds, 10 to 1,000.</summary>
    [Range(10, 1_000)] public int TickMs { get; set; } = 100;

    /// <summary>How much of its rate a job that was held up may catch up at once, in milliseconds of that rate, 0 to 10,000.</summary>
    [Range(0, 10_000)] public int MaxCatchUpMs { get; set; } = 1_000;

    /// <summary>How long a job keeps results in memory before it stores them, in milliseconds, 10 to 60,000. A crash loses none: it asks for them anew.</summary>
    [Range(10, 60_000)] public int SaveIntervalMs { get; set; } = 1_000;

    /// <summary>How long a replay may be under way before its job asks how it stands, in milliseconds, 100 to 3,600,000.</summary>
    [Range(100, 3_600_000)] public int AskAfterMs { get; set; } = 10_000;

    /// <summary>How often starting a letter may fail before its job leaves it alone, 1 to 1,000.</summary>
    [Range(1, 1000)] public int MaxStartTries { get; set; } = 10;

    /// <summary>With a ramp: how long each step (1, 2, 5, 10 … a second) lasts at least, in milliseconds, 100 to 3,600,000.</summary>
    [Range(100, 3_600_000)] public int RampStepMs { get; set; } = 5_000;

    /// <summary>With a ramp: how many replays must have ended within a step before it is judged or left, 1 to 100,000.</summary>
    [Range(1, 100_000)] public int RampMinimumOutcomes { get; set; } = 5;

    /// <summary>With a ramp: the share of replays within a step that fail again at which the job stops itself, above 0 to 1.</summary>
    [Range(0.001, 1.0)] public double RampFailureRatio { get; set; } = 0.5;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxJobsKept < MaxRunning) yield return Wrong(nameof(MaxJobsKept), nameof(MaxRunning), "less");
        if (BatchSize > MaxBatchSize) yield return Wrong(nameof(BatchSize), nameof(MaxBatchSize), "more");
        if (MaxConcurrent > MaxConcurrentLimit) yield return Wrong(nameof(MaxConcurrent), nameof(MaxConcurrentLimit), "more");
        if (RatePerSecond > MaxRatePerSecond) yield return Wrong(nameof(RatePerSecond), nameof(MaxRatePerSecond), "more");
    }

    private static ValidationResult Wrong(string member, string limit, string how) =>
        new($"{Section}:{member} is {how} than {Section}:{limit}.", [member]);
}
