using System.Buffers;
using System.Diagnostics.Metrics;
using DlqCluster.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace DlqCluster.Api.Metrics;

/// <summary>Listens to the instruments of this process, and writes what they have come to in Prometheus' text format.</summary>
internal sealed partial class MetricsCollector : IHostedLifecycleService, IDisposable
{
    private const string DroppedMetric = "metrics_dropped_total";
    private const string DroppedHelp = "Measurements that were dropped because their metric has Metrics:MaxSeries series already.";

    private static readonly HashSet<string> _meters =
        [DlqMetrics.MeterName, "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.Orleans", "DlqCluster.Engine"];

    private readonly MeterListener _listener = new();
    private readonly IMeterFactory _meterFactory;
    private readonly ILogger<MetricsCollector> _logger;
    private readonly int _maxSeries;

    // Guards the maps, and lets one scrape run at a time.
    private readonly Lock _families = new();
    private readonly Lock _scrape = new();
    private readonly SortedDictionary<string, MetricFamily> _byName = new(StringComparer.Ordinal);
    private readonly HashSet<string> _sampleNames = new(StringComparer.Ordinal) { DroppedMetric };

    /// <summary>Makes one; it listens from the host's start on.</summary>
    /// <param name="meterFactory">Other hosts in this process have other factories: their meters are not ours.</param>
    /// <param name="options">The limits.</param>
    /// <param name="logger">Where trouble goes.</param>
    public MetricsCollector(IMeterFactory meterFactory, IOptions<MetricsOptions> options, ILogger<MetricsCollector> logger)
    {
        _meterFactory = meterFactory;
        _logger = logger;
        _maxSeries = options.Value.MaxSeries;
        IsEnabled = options.Value.Enabled;
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
            var writer = new ExpositionWriter(output);
            foreach (var family in families) family.Write(writer);
            writer.Begin(DroppedMetric, MetricTypes.Counter, DroppedHelp);
            foreach (var family in families.Where(family => family.Dropped > 0))
                writer.Sample(DroppedMetric, MetricNames.Labels([new("metric", family.Name)], isHistogram: false), family.Dropped);
        }
    }

    private static void Record(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (state is MetricFamily family) family.Record(value, tags);
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
        if (MetricFamilies.Create(instrument, _maxSeries) is not { } made) return null;
        lock (_families)
        {
            if (_byName.TryGetValue(made.Name, out var known)) return known.Type == made.Type && known.GetType() == made.GetType() ? known : null;
            string[] names = made.Type == MetricTypes.Histogram
                ? [made.Name, made.Name + "_bucket", made.Name + "_sum", made.Name + "_count"]
                : [made.Name];
            if (names.Any(_sampleNames.Contains)) return null;
            _sampleNames.UnionWith(names);
            _byName.Add(made.Name, made);
            return made;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Instrument {Instrument} of meter {Meter} is left out of /metrics: its name is taken by a metric of another kind")]
    private partial void LogRefused(string meter, string instrument);

    [LoggerMessage(2, LogLevel.Warning, "Some instruments could not be observed")]
    private partial void LogObservation(Exception error);
}
