using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace DlqCluster.Cluster.Metrics;

/// <summary>
/// What this silo's grains do, under the names that the other engine gives it. Calls are counted as they pass; how many grains there are
/// Orleans counts itself, by class.
/// </summary>
internal sealed class GrainMeter : IIncomingGrainCallFilter, IHostedLifecycleService, IDisposable
{
    private const string MeterName = "DlqCluster.Engine";
    private const string OrleansMeter = "Microsoft.Orleans";
    private const string OrleansGrains = "orleans-grains";
    private const string ClassTag = "type";
    private const string GrainTag = "grain";

    private readonly ConcurrentDictionary<GrainType, Calls> _calls = new();
    private readonly ConcurrentDictionary<string, Activations> _activations = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();
    private readonly Meter _meter;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">The meters' factory.</param>
    public GrainMeter(IMeterFactory meters)
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == OrleansMeter && instrument.Name == OrleansGrains) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((_, change, tags, _) => Count(change, tags));
        _listener.SetMeasurementEventCallback<long>((_, change, tags, _) => Count(change, tags));
        _meter = meters.Create(MeterName);
        _meter.CreateObservableGauge("grain_activations", InMemory, null, "Grains in memory.");
        _meter.CreateObservableCounter("grain_calls_total", () => OfTypes(static calls => Interlocked.Read(ref calls.Ended)), null, "Calls of grains that have ended.");
        _meter.CreateObservableCounter(
            "grain_call_failures_total", () => OfTypes(static calls => Interlocked.Read(ref calls.Failed)), null, "Calls of grains that ended with an exception.");
        _meter.CreateObservableCounter(
            "grain_call_seconds_total",
            () => OfTypes(static calls => (double)Interlocked.Read(ref calls.Ticks) / Stopwatch.Frequency),
            null,
            "Time from start to end of all calls of grains.");
    }

    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        var calls = _calls.GetOrAdd(context.TargetId.Type, static _ => new Calls());
        var since = Stopwatch.GetTimestamp();
        var call = context.Invoke();
        if (!call.IsCompletedSuccessfully) return AwaitAsync(call, calls, since);
        calls.End(since, failed: false);
        return call;
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        // Before there is any grain: only changes are told.
        _listener.Start();
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
    public void Dispose()
    {
        _listener.Dispose();
        _meter.Dispose();
    }

    private static async Task AwaitAsync(Task call, Calls calls, long since)
    {
        var failed = true;
        try
        {
            await call.ConfigureAwait(false);
            failed = false;
        }
        finally
        {
            calls.End(since, failed);
        }
    }

    /// <summary>A grain's type by its class; null for those of Orleans itself.</summary>
    private static string? TypeOf(string className) =>
        Type.GetType(className)?.GetCustomAttribute<GrainTypeAttribute>() is { } attribute
            ? attribute.GetGrainType(null!, null!).ToString()
            : null;

    private static Measurement<T> Of<T>(T value, string? type)
        where T : struct => new(value, new KeyValuePair<string, object?>(GrainTag, type));

    private void Count(long change, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var (name, value) in tags)
        {
            if (name != ClassTag || value is not string className) continue;
            var activations = _activations.GetOrAdd(className, static name => new Activations(TypeOf(name)));
            Interlocked.Add(ref activations.Now, change);
        }
    }

    private IEnumerable<Measurement<long>> InMemory() =>
        _activations.Values.Where(static one => one.Type is not null).Select(static one => Of(Interlocked.Read(ref one.Now), one.Type));

    private IEnumerable<Measurement<T>> OfTypes<T>(Func<Calls, T> read)
        where T : struct =>
        _calls.Where(static pair => !pair.Key.IsSystemTarget()).Select(pair => Of(read(pair.Value), pair.Key.ToString()));

    private sealed class Activations(string? type)
    {
        public long Now;

        public string? Type => type;
    }

    private sealed class Calls
    {
        public long Ended;
        public long Failed;
        public long Ticks;

        public void End(long since, bool failed)
        {
            Interlocked.Add(ref Ticks, Stopwatch.GetTimestamp() - since);
            Interlocked.Increment(ref Ended);
            if (failed) Interlocked.Increment(ref Failed);
        }
    }
}
