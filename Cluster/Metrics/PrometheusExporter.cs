using System.Buffers;
using DlqCluster.Api.Metrics;
using Prometheus;

namespace DlqCluster.Cluster.Metrics;

/// <summary>
/// Keeps this process' metrics in a registry of prometheus-net. Its own adapter for <c>System.Diagnostics.Metrics</c> would name them in its
/// way; here names, labels and limits are those of the other engine, so that dashboards and alerts hold for both.
/// </summary>
internal sealed class PrometheusExporter : IMetricsExporter
{
    private static readonly Dictionary<string, string> _noLabels = [];

    private readonly CollectorRegistry _registry = Prometheus.Metrics.NewCustomRegistry();
    private readonly MetricFactory _metrics;

    /// <summary>Makes one with a registry of its own: other hosts in this process have theirs.</summary>
    public PrometheusExporter() => _metrics = Prometheus.Metrics.WithCustomRegistry(_registry);

    /// <inheritdoc/>
    public MetricFamily Create(MetricShape shape, int maxSeries)
    {
        var maker = new PrometheusSeriesMaker(_metrics, shape);
        // Made, though not shown: so the metric is there, with its type, before it has a value.
        _ = maker.Make(_noLabels);
        return shape.IsObserved ? new PrometheusObservedFamily(shape, maker, maxSeries) : new PrometheusRecordedFamily(shape, maker, maxSeries);
    }

    /// <inheritdoc/>
    public void Write(IReadOnlyList<MetricFamily> families, IBufferWriter<byte> output)
    {
        foreach (var family in families)
            if (family is PrometheusObservedFamily observed) observed.EndScrape();
        using var text = new MemoryStream();
        // Into memory: there is nothing to wait for.
        _registry.CollectAndExportAsTextAsync(text).GetAwaiter().GetResult();
        output.Write(text.GetBuffer().AsSpan(0, (int)text.Length));
    }
}
