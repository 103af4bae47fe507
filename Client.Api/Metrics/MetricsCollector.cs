using System.Buffers;
using System.Diagnostics.Metrics;
using DlqCluster.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace DlqCluster.Api.Metrics;

/// <summary>Listens to the instruments of this process, and has an exporter write what they have come to in Prometheus' text format.</summary>
internal sealed partial class MetricsCollector : IHostedLifecycleService, IDisposable
{
    private static readonly MetricShape _droppedShape = new(
        "metrics_dropped_total",
        MetricTypes.Counter,
        "Measurements that were dropped because their metric has Metrics:MaxSeries series already.",
        IsObserved: true,
        AddsUp: true,
        []);

    private static readonly HashSet<string> _meters =
        [DlqMetrics.MeterName, "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.Orleans", "DlqCluster.Engine"];

    private readonly MeterListener _listener = new();
    private readonly IMeterFactory _meterFactory;
    private readonly IMetricsExporter _exporter;
    private readonly MetricFamily _dropped;
    private readonly ILogger<MetricsCollector> _logger;
    private readonly int _maxSeries;

    // Guards the maps, and lets one scrape run at a time.
    private readonly Lock _families = new();
    private readonly Lock _scrape = new();
    private readonly SortedDictionary<string, MetricFamily> _byName = new(StringComparer.Ordinal);
    private readonly HashSet<string> _sampleNames = new(StringComparer.Ordinal) { _droppedShape.Name };

    /// <summary>Makes one; it listens from the host's start on.</summary>
    /// <param name="meterFactory">Other hosts in this process have other factories: their meters are not ours.</param>
    /// <param name="exporter">Keeps and writes the metrics.</param>
    /// <param name="options">The limits.</param>
    /// <param name="logger">Where trouble goes.</param>
    public MetricsCollector(
        IMeterFactory meterFactory, IMetricsExporter exporter, IOptions<MetricsOptions> options, ILogger<MetricsCollector> logger)
    {
        _meterFactory = meterFactory;
        _exporter = exporter;
        _logger = logger;
        _maxSeries = options.Value.MaxSeries;
        IsEnabled = options.Value.Enabled;
        _dropped = exporter.Create(_droppedShape, int.MaxValue);
        _listener.InstrumentPublished = Publish;
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => Record(state, (double)value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => Record(state, value, tags));
    }

    /// <summary>Whether anything is measured.</summary>
    public bool IsEnabled { get; }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        // Before anything else starts, so that no measurement is missed.
        if (IsEnabled) _listener.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    /// <summary>Asks the observed instruments, and writes all metrics.</summary>
    /// <param name="output">Where to.</param>
    public void Write(IBufferWriter<byte> output)
    {
        lock (_scrape)
        {
            MetricFamily[] families;
            lock (_families) families = [.. _byName.Values];
            foreach (var family in families) family.BeginScrape();
            Observe();
            _dropped.BeginScrape();
            foreach (var family in families.Where(family => family.Dropped > 0)) _dropped.Record(family.Dropped, [new("metric", family.Name)]);
            _exporter.Write([.. families, _dropped], output);
        }
    }

    private static void Record(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (state is MetricFamily family) family.Record(value * family.Shape.Scale, tags);
    }

    private void Observe()
    {
        try
        {
            _listener.RecordObservableInstruments();
        }
        catch (AggregateException errors)
        {
            // The others have been observed all the same.
            LogObservation(errors);
        }
    }

    private void Publish(Instrument instrument, MeterListener listener)
    {
        var scope = instrument.Meter.Scope;
        if (!_meters.Contains(instrument.Meter.Name) || (scope is not null && !ReferenceEquals(scope, _meterFactory))) return;
        if (FamilyOf(instrument) is { } family) listener.EnableMeasurementEvents(instrument, family);
        else LogRefused(instrument.Meter.Name, instrument.Name);
    }

    private MetricFamily? FamilyOf(Instrument instrument)
    {
        if (MetricShape.Of(instrument) is not { } shape) return null;
        lock (_families)
        {
            if (_byName.TryGetValue(shape.Name, out var known))
                return known.Shape.Type == shape.Type && known.Shape.IsObserved == shape.IsObserved ? known : null;
            string[] names = shape.Type == MetricTypes.Histogram
                ? [shape.Name, shape.Name + "_bucket", shape.Name + "_sum", shape.Name + "_count"]
                : [shape.Name];
            if (names.Any(_sampleNames.Contains)) return null;
            _sampleNames.UnionWith(names);
            return _byName[shape.Name] = _exporter.Create(shape, _maxSeries);
        }
    }

    [LoggerMessage(1005, LogLevel.Warning, "Instrument {Instrument} of meter {Meter} is left out of /metrics: its name is taken by a metric of another kind")]
    private partial void LogRefused(string meter, string instrument);

    [LoggerMessage(1006, LogLevel.Warning, "Some instruments could not be observed")]
    private partial void LogObservation(Exception error);
}
