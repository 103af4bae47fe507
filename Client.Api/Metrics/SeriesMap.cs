using System.Collections.Concurrent;

namespace DlqCluster.Api.Metrics;

/// <summary>
/// A metric's series by their labels, at most so many. Finding one allocates only for a new combination of tags.
/// </summary>
/// <typeparam name="T">A series.</typeparam>
internal sealed class SeriesMap<T>
    where T : class
{
    private readonly Func<IReadOnlyDictionary<string, string>, T> _make;
    private readonly bool _isHistogram;
    private readonly int _maxSeries;
    private readonly Lock _lock = new();

    // Several orders of the same tags lead to the same series: the first map is by what was given, the second by what is written.
    private readonly ConcurrentDictionary<TagKey, T> _byTags = new(TagKey.Comparer);
    private readonly ConcurrentDictionary<TagKey, T>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _lookup;
    private readonly SortedDictionary<string, T> _byLabels = new(StringComparer.Ordinal);
    private volatile T? _untagged;
    private volatile bool _full;
    private long _dropped;

    /// <summary>Makes an empty one.</summary>
    /// <param name="maxSeries">The most series.</param>
    /// <param name="isHistogram">Whether the label <c>le</c> is taken.</param>
    /// <param name="make">Makes the series of some labels, given by name in their order.</param>
    public SeriesMap(int maxSeries, bool isHistogram, Func<IReadOnlyDictionary<string, string>, T> make)
    {
        _make = make;
        _isHistogram = isHistogram;
        _maxSeries = maxSeries;
        _lookup = _byTags.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
    }

    /// <summary>How often there was no place for one more.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>The series of some tags; null, and counted, when there is no place for one more.</summary>
    /// <param name="tags">The tags.</param>
    public T? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = tags.IsEmpty ? _untagged : null;
        if (series is null && !_lookup.TryGetValue(tags, out series)) series = _full ? null : Add(tags);
        if (series is null) Interlocked.Increment(ref _dropped);
        return series;
    }

    /// <summary>All series, by their labels as they are written.</summary>
    public KeyValuePair<string, T>[] All()
    {
        lock (_lock) return [.. _byLabels];
    }

    private T? Add(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var pairs = MetricNames.LabelPairs(tags, _isHistogram);
        var labels = MetricNames.Labels(pairs);
        lock (_lock)
        {
            if (!_byLabels.TryGetValue(labels, out var series))
            {
                if (_byLabels.Count >= _maxSeries)
                {
                    _full = true;
                    return null;
                }

                _byLabels[labels] = series = _make(pairs);
            }

            if (tags.IsEmpty) _untagged = series;
            // Few instruments give the same tags in several orders; past this they are found the slow way.
            else if (_byTags.Count < 2 * _maxSeries) _byTags.TryAdd(new TagKey(tags), series);
            return series;
        }
    }
}
