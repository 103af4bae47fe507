using System.Diagnostics.Metrics;

namespace DlqCluster.Embedded;

/// <summary>What the grains do, as metrics by grain type. Everything is read when somebody asks; nothing is recorded on a call's way.</summary>
internal sealed class EngineMeter : IDisposable
{
    /// <summary>The meter's name, the same with every engine.</summary>
    public const string Name = "DlqCluster.Engine";

    private readonly Meter _meter;
    private readonly EmbeddedRuntime _runtime;

    public EngineMeter(EmbeddedRuntime runtime, IMeterFactory meters)
    {
        _runtime = runtime;
        _meter = meters.Create(Name);
        _meter.CreateObservableGauge("grain_activations", Activations, null, "Grains in memory.");
        _meter.CreateObservableCounter("grain_calls_total", () => OfClasses(static done => done.Calls), null, "Calls of grains that have ended.");
        _meter.CreateObservableCounter("grain_call_failures_total", () => OfClasses(static done => done.Failures), null, "Calls of grains that ended with an exception.");
        _meter.CreateObservableCounter("grain_call_seconds_total", () => OfClasses(static done => done.TotalTime.TotalSeconds), null, "Time from sending to end of all calls of grains.");
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<int>> Activations() =>
        _runtime.GetStatistics().Select(static now => new Measurement<int>(now.Active, new KeyValuePair<string, object?>("grain", now.GrainType)));

    private IEnumerable<Measurement<T>> OfClasses<T>(Func<GrainClassStatistics, T> read)
        where T : struct =>
        _runtime.Grains.Classes
            .Select(grainClass => grainClass.Counters.Snapshot(grainClass, active: 0, _runtime.TimeProvider.TimestampFrequency))
            .Select(done => new Measurement<T>(read(done), new KeyValuePair<string, object?>("grain", done.GrainType)));
}
