using System.Collections.Concurrent;

namespace DlqCluster.Api.Metrics;

/// <summary>All series of one metric.</summary>
/// <param name="name">Its name.</param>
/// <param name="type">Its Prometheus type.</param>
/// <param name="help">What it means.</param>
internal abstract class MetricFamily(string name, string type, string help)
{
    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Its Prometheus type.</summary>
    public string Type => type;

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

    /// <summary>Writes the metric.</summary>
    /// <param name="writer">Where to.</param>
    public void Write(ExpositionWriter writer)
    {
        writer.Begin(name, type, help);
        WriteSeries(writer);
    }

    /// <summary>Writes the series.</summary>
    /// <param name="writer">Where to.</param>
    protected abstract void WriteSeries(ExpositionWriter writer);
}

/// <summary>A metric that is recorded whenever something happens. Recording allocates only for a new combination of tags.</summary>
internal sealed class RecordedFamily : MetricFamily
{
    private readonly Func<Series> _make;
    private readonly bool _isHistogram;
    private readonly int _maxSeries;
    private readonly Lock _lock = new();

    // Several orders of the same tags lead to the same series: the first map is by what was given, the second by what is written.
    private readonly ConcurrentDictionary<TagKey, Series> _byTags = new(TagKey.Comparer);
    private readonly ConcurrentDictionary<TagKey, Series>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _lookup;
    private readonly SortedDictionary<string, Series> _byLabels = new(StringComparer.Ordinal);
    private volatile Series? _untagged;
    private volatile bool _full;
    private long _dropped;

    /// <summary>Makes one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its Prometheus type.</param>
    /// <param name="help">What it means.</param>
    /// <param name="maxSeries">The most series.</param>
    /// <param name="make">Makes a series.</param>
    public RecordedFamily(string name, string type, string help, int maxSeries, Func<Series> make)
        : base(name, type, help)
    {
        _make = make;
        _isHistogram = type == MetricTypes.Histogram;
        _maxSeries = maxSeries;
        _lookup = _byTags.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
    }

    /// <inheritdoc/>
    public override long Dropped => Volatile.Read(ref _dropped);

    /// <inheritdoc/>
    public override void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = tags.IsEmpty ? _untagged : null;
        if (series is null && !_lookup.TryGetValue(tags, out series)) series = _full ? null : Add(tags);
        if (series is null) Interlocked.Increment(ref _dropped);
        else series.Record(value);
    }

    /// <inheritdoc/>
    protected override void WriteSeries(ExpositionWriter writer)
    {
        KeyValuePair<string, Series>[] all;
        lock (_lock) all = [.. _byLabels];
        foreach (var (labels, series) in all) series.Write(writer, Name, labels);
    }

    private Series? Add(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = MetricNames.Labels(tags, _isHistogram);
        lock (_lock)
        {
            if (!_byLabels.TryGetValue(labels, out var series))
            {
                if (_byLabels.Count >= _maxSeries)
                {
                    _full = true;
                    return null;
                }

                _byLabels[labels] = series = _make();
            }

            if (tags.IsEmpty) _untagged = series;
            // Few instruments give the same tags in several orders; past this they are found the slow way.
            else if (_byTags.Count < 2 * _maxSeries) _byTags.TryAdd(new TagKey(tags), series);
            return series;
        }
    }
}

/// <summary>A metric that is asked for its values at each scrape, which one thread at a time does.</summary>
/// <param name="name">Its name.</param>
/// <param name="type">Its Prometheus type.</param>
/// <param name="help">What it means.</param>
/// <param name="maxSeries">The most series.</param>
internal sealed class ObservedFamily(string name, string type, string help, int maxSeries) : MetricFamily(name, type, help)
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
