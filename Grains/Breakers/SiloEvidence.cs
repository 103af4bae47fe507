namespace DlqCluster.Breakers;

/// <summary>What one silo has seen of a downstream.</summary>
internal sealed record SiloEvidence
{
    /// <summary>The silo.</summary>
    public required string Silo { get; init; }

    /// <summary>When it last reported or asked.</summary>
    public DateTimeOffset HeardAt { get; init; }

    /// <summary>A breaker of its own, fed by its outcomes alone. Unless it is closed the silo is cut off.</summary>
    public BreakerRecord Own { get; init; } = new();

    /// <summary>Its part of the failures in a row over all silos; counts only while <see cref="RowNumber"/> is that of the present row.</summary>
    public int Row { get; init; }

    /// <summary>Which row <see cref="Row"/> is part of.</summary>
    public long RowNumber { get; init; }

    /// <summary>How many of its probes failed in this half-open round of all silos.</summary>
    public int ProbeFailures { get; init; }

    /// <summary>Whether it sits out the rest of this round, since it alone failed.</summary>
    public bool SitsOut { get; init; }

    /// <summary>Whether it alone may not send.</summary>
    public bool IsCutOff => Own.State != BreakerState.Closed;

    /// <summary>What it has counted in the window.</summary>
    public BreakerCounts Counts(BreakerSettings settings, DateTimeOffset now) => BreakerWindow.Sum(Own.Window, settings.WindowMs, now);
}
