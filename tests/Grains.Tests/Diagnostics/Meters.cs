using System.Diagnostics.Metrics;
using DlqCluster.Diagnostics;

namespace DlqCluster.Grains.Tests.Diagnostics;

/// <summary>Adds up what the instruments of hosts say.</summary>
internal sealed class Meters : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, double> _sums = new(StringComparer.Ordinal);

    public Meters(params IMeterFactory[] factories)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == DlqMetrics.MeterName && factories.Contains(instrument.Meter.Scope)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>A counter since this was made, or a gauge as it is now; of all its series, or of one, named by its label.</summary>
    public double this[string name, string label = ""]
    {
        get
        {
            foreach (var gauge in _sums.Keys.Where(static key => key.StartsWith('~')).ToArray()) _sums.Remove(gauge);
            _listener.RecordObservableInstruments();
            return _sums.Where(pair => pair.Key.TrimStart('~').StartsWith($"{name}|{label}", StringComparison.Ordinal)).Sum(static pair => pair.Value);
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // Silos count at the same time.
        lock (_sums) Add(instrument, value, tags);
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = $"{(instrument.IsObservable ? "~" : "")}{instrument.Name}|{string.Join(',', tags.ToArray().Select(static tag => tag.Value))}";
        _sums[key] = _sums.GetValueOrDefault(key) + value;
    }
}
