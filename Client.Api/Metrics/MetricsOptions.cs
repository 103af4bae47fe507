using System.ComponentModel.DataAnnotations;

namespace DlqCluster.Api.Metrics;

/// <summary>What <c>/metrics</c> shows, and its limits.</summary>
internal sealed class MetricsOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Metrics";

    /// <summary>Whether anything is measured. When not, <c>/metrics</c> answers 404.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Most series (combinations of labels) of one metric, 1 to 100,000. What exceeds it is dropped, and counted in <c>metrics_dropped_total</c>.</summary>
    [Range(1, 100_000)] public int MaxSeries { get; set; } = 1_000;
}
