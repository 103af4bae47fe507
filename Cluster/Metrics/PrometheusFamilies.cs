using DlqCluster.Api.Metrics;

namespace DlqCluster.Cluster.Metrics;

/// <summary>A metric that is recorded whenever something happens.</summary>
/// <param name="shape">How it is shown.</param>
/// <param name="maker">Makes its series.</param>
/// <param name="maxSeries">The most series.</param>
internal sealed class PrometheusRecordedFamily(MetricShape shape, PrometheusSeriesMaker maker, int maxSeries) : MetricFamily(shape)
{
    private readonly SeriesMap<PrometheusSeries> _series = new(maxSeries, shape.Type == MetricTypes.Histogram, maker.Make);

    /// <inheritdoc/>
    public override long Dropped => _series.Dropped;

    /// <inheritdoc/>
    public override void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => _series.Find(tags)?.Record(value);
}

/// <summary>A metric that is asked for its values at each scrape, which one thread at a time does.</summary>
/// <param name="shape">How it is shown.</param>
/// <param name="maker">Makes its series.</param>
/// <param name="maxSeries">The most series.</param>
internal sealed class PrometheusObservedFamily(MetricShape shape, PrometheusSeriesMaker maker, int maxSeries) : MetricFamily(shape)
{
    private readonly Dictionary<string, PrometheusSeries> _series = new(StringComparer.Ordinal);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private long _dropped;

    /// <inheritdoc/>
    public override long Dropped => _dropped;

    /// <inheritdoc/>
    public override void BeginScrape() => _seen.Clear();

    /// <inheritdoc/>
    public override void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var pairs = MetricNames.LabelPairs(tags, isHistogram: false);
        var labels = MetricNames.Labels(pairs);
        if (_seen.Count >= maxSeries && !_seen.Contains(labels))
        {
            _dropped++;
            return;
        }

        _seen.Add(labels);
        if (!_series.TryGetValue(labels, out var series)) _series[labels] = series = maker.Make(pairs);
        series.Record(value);
    }

    /// <summary>Forgets what was not observed this time.</summary>
    public void EndScrape()
    {
        foreach (var labels in _series.Keys.Where(labels => !_seen.Contains(labels)).ToArray())
        {
            _series[labels].Drop();
            _series.Remove(labels);
        }
    }
}
