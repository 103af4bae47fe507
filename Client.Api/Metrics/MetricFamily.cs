using System.Diagnostics.CodeAnalysis;

namespace DlqCluster.Api.Metrics;

/// <summary>All series of one metric.</summary>
/// <param name="shape">How it is shown.</param>
internal abstract class MetricFamily(MetricShape shape)
{
    /// <summary>How it is shown.</summary>
    public MetricShape Shape => shape;

    /// <summary>Its name.</summary>
    public string Name => shape.Name;

    /// <summary>Measurements that were dropped because there were too many series.</summary>
    public abstract long Dropped { get; }

    /// <summary>Takes a measurement.</summary>
    /// <param name="value">The value.</param>
    /// <param name="tags">Its tags.</param>
    public abstract void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags);

    /// <summary>Forgets what was observed before, if this is a metric that is observed.</summary>
    public virtual void BeginScrape()
    {
    }
}

/// <summary>A metric that writes itself.</summary>
/// <param name="shape">How it is shown.</param>
internal abstract class TextFamily(MetricShape shape) : MetricFamily(shape)
{
    /// <summary>Writes the metric.</summary>
    /// <param name="writer">Where to.</param>
    public void Write(ExpositionWriter writer)
    {
        writer.Begin(Name, Shape.Type, Shape.Help);
        WriteSeries(writer);
    }

    /// <summary>Writes the series.</summary>
    /// <param name="writer">Where to.</param>
    protected abstract void WriteSeries(ExpositionWriter writer);
}

/// <summary>A metric that is recorded whenever something happens.</summary>
/// <param name="shape">How it is shown.</param>
/// <param name="maxSeries">The most series.</param>
internal sealed class RecordedFamily(MetricShape shape, int maxSeries) : TextFamily(shape)
{
    private readonly SeriesMap<Series> _series = new(maxSeries, shape.Type == MetricTypes.Histogram, _ => Make(shape));

    /// <inheritdoc/>
    public override long Dropped => _series.Dropped;

    /// <inheritdoc/>
    public override void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => _series.Find(tags)?.Record(value);

    /// <inheritdoc/>
    protected override void WriteSeries(ExpositionWriter writer)
    {
        foreach (var (labels, series) in _series.All()) series.Write(writer, Name, labels);
    }

    [SuppressMessage("Performance", "CA1859", Justification = "The map holds any series.")]
    private static Series Make(MetricShape shape)
    {
        if (shape.Type == MetricTypes.Histogram) return new HistogramSeries(shape.Bounds);
        return shape.AddsUp ? new SumSeries() : new LastSeries();
    }
}

/// <summary>A metric that is asked for its values at each scrape, which one thread at a time does.</summary>
/// <param name="shape">How it is shown.</param>
/// <param name="maxSeries">The most series.</param>
internal sealed class ObservedFamily(MetricShape shape, int maxSeries) : TextFamily(shape)
{
    private readonly SortedDictionary<string, double> _values = new(StringComparer.Ordinal);
    private long _dropped;

    /// <inheritdoc/>
    public override long Dropped => _dropped;

    /// <inheritdoc/>
    public override void BeginScrape() => _values.Clear();

    /// <inheritdoc/>
    public override void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = MetricNames.Labels(tags, isHistogram: false);
        if (_values.Count < maxSeries || _values.ContainsKey(labels)) _values[labels] = value;
        else _dropped++;
    }

    /// <inheritdoc/>
    protected override void WriteSeries(ExpositionWriter writer)
    {
        foreach (var (labels, value) in _values) writer.Sample(Name, labels, value);
    }
}

/// <summary>Prometheus' types.</summary>
internal static class MetricTypes
{
    /// <summary>Only grows.</summary>
    public const string Counter = "counter";

    /// <summary>Goes up and down.</summary>
    public const string Gauge = "gauge";

    /// <summary>Counts by size.</summary>
    public const string Histogram = "histogram";
}
