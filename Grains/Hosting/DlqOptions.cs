using System.ComponentModel.DataAnnotations;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Hosting;

/// <summary>How dead letters replay themselves.</summary>
public sealed class DlqOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Dlq";

    /// <summary>How often a partition looks for letters to replay, in milliseconds, 10 to 3,600,000.</summary>
    [Range(10, 3_600_000)] public int PollIntervalMs { get; set; } = 30_000;

    /// <summary>Letters that a partition replays in one look, 1 to 10,000.</summary>
    [Range(1, 10_000)] public int BatchSize { get; set; } = 10;

    /// <summary>Failed replays after which a letter is given up, 1 to 1,000.</summary>
    [Range(1, 1000)] public int MaxReplays { get; set; } = 5;

    /// <summary>Strategy <c>immediate</c>: how long after it was dead-lettered, and then after each failed replay, a letter is replayed. The last one repeats.</summary>
    [MinLength(1)] public IList<TimeSpan> ImmediateDelays { get; init; } = [];

    /// <summary>Strategy <c>offPeak</c>: the local times of day.</summary>
    [MinLength(1)] public IList<TimeOnly> OffPeakTimes { get; init; } = [];

    /// <summary>The IANA time zone of <see cref="OffPeakTimes"/>.</summary>
    [Required] public string TimeZone { get; set; } = "UTC";

    /// <summary>
    /// Strategy <c>offPeak</c>: how long after one of <see cref="OffPeakTimes"/> a replay that was missed is still made; and within a downstream's
    /// own window, how long after a failed replay the next one follows. 1 minute to 24 hours.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")] public TimeSpan OffPeakSpacing { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Strategy <c>conditional</c>: how long the breaker must have been closed, 0 to 24 hours.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")] public TimeSpan ConditionalClosedFor { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The strategy for each error type. Unless named: timeouts and network errors conditional, server errors immediate, rate limiting
    /// off-peak, client and validation errors manual, unknown errors <see cref="DefaultStrategy"/>.
    /// </summary>
    public IDictionary<string, ReplayStrategy> Strategies { get; init; } = new Dictionary<string, ReplayStrategy>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The strategy of an error type that is not named.</summary>
    public ReplayStrategy DefaultStrategy { get; set; } = ReplayStrategy.Immediate;

    /// <summary>How long a replay may be under way before somebody looks after it, 1 second to 24 hours.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")] public TimeSpan StuckAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Replays whose details a letter keeps, 1 to 1,000.</summary>
    [Range(1, 1000)] public int MaxReplaysKept { get; set; } = 50;

    /// <summary>Places at which an edited payload differs from the original that are recorded with its replay, 0 to 10,000.</summary>
    [Range(0, 10_000)] public int MaxChangesKept { get; set; } = 100;

    /// <summary>Longest value that is recorded of such a place, in characters, 0 to 65,536; what is longer is cut.</summary>
    [Range(0, 65_536)] public int MaxChangeLength { get; set; } = 256;

    /// <summary>Notes, discards and restores that a letter keeps, 1 to 10,000. Beyond it the oldest go.</summary>
    [Range(1, 10_000)] public int MaxEventsKept { get; set; } = 200;

    /// <summary>Letters that one request may discard; for more it is repeated with the cursor that it answers. 1 to 100,000.</summary>
    [Range(1, 100_000)] public int MaxBatchDiscard { get; set; } = 10_000;

    /// <summary>How long a resolved letter is kept, delivered or discarded, 1 minute to 3,650 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")] public TimeSpan ResolvedRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long a failed letter is kept, 1 minute to 3,650 days. Pending, manual and processing letters are kept for ever.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")] public TimeSpan FailedRetention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Letters that a partition removes in one look, 1 to 10,000.</summary>
    [Range(1, 10_000)] public int PurgeBatch { get; set; } = 500;

    /// <summary>Pending letters of a partition beyond which the health is degraded; nothing is refused. 1 to 100,000,000.</summary>
    [Range(1, 100_000_000)] public long MaxSize { get; set; } = 100_000;

    /// <summary>Letters that one request may import, 1 to 10,000,000.</summary>
    [Range(1, 10_000_000)] public int MaxImportLetters { get; set; } = 100_000;

    /// <summary>Longest line of an import, in bytes, 1 KiB to 64 MiB.</summary>
    [Range(1024, 64 * 1024 * 1024)] public int MaxImportLineBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>The strategy for an error type.</summary>
    /// <param name="type">The error type.</param>
    public ReplayStrategy StrategyFor(ErrorType type) =>
        Strategies.TryGetValue(ErrorTypes.Name(type), out var strategy) ? strategy : DefaultStrategy;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
            yield return new ValidationResult($"Dlq:TimeZone is '{TimeZone}', which is not an IANA time zone such as Europe/Paris.", [nameof(TimeZone)]);
        if (ImmediateDelays.Any(delay => delay < TimeSpan.Zero))
            yield return new ValidationResult("Dlq:ImmediateDelays has a negative delay.", [nameof(ImmediateDelays)]);
        foreach (var name in Strategies.Keys.Where(name => !ErrorTypes.TryParse(name, out _)))
            yield return new ValidationResult($"Dlq:Strategies names '{name}', which is not an error type.", [nameof(Strategies)]);
    }
}
