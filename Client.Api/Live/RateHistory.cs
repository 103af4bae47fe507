using System.Diagnostics.Metrics;
using DlqCluster.Api.Json;
using DlqCluster.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace DlqCluster.Api.Live;

/// <summary>What this process did in the last quarter of an hour, as rates: kept in memory, for charts that begin with a past.</summary>
internal sealed class RateHistory : BackgroundService
{
    /// <summary>The length of one step, in seconds.</summary>
    public const int StepSeconds = 2;

    private const int Steps = 450;
    private const string End = "end";

    private static readonly TimeSpan _step = TimeSpan.FromSeconds(StepSeconds);

    private readonly MeterListener _listener = new();
    private readonly IMeterFactory _meters;
    private readonly TimeProvider _time;
    private readonly Queue<RatePoint> _points = new(Steps);
    private readonly long[] _counts = new long[Enum.GetValues<Kind>().Length];
    private long[] _before = new long[Enum.GetValues<Kind>().Length];

    /// <summary>Makes one; it counts from now on.</summary>
    /// <param name="meters">Other hosts in this process have other factories: their meters are not ours.</param>
    /// <param name="time">The clock.</param>
    public RateHistory(IMeterFactory meters, TimeProvider time)
    {
        _meters = meters;
        _time = time;
        _listener.InstrumentPublished = Publish;
        _listener.SetMeasurementEventCallback<long>(Count);
        _listener.Start();
        _points.Enqueue(new RatePoint(time.GetUtcNow(), 0, 0, 0, 0, 0));
    }

    private enum Kind
    {
        Accepted,
        Delivered,
        Retried,
        DeadLettered,
        Resolved,
        Other,
    }

    /// <summary>The newest step.</summary>
    public RatePoint Newest
    {
        get
        {
            lock (_points) return _points.Last();
        }
    }

    /// <summary>All steps, oldest first.</summary>
    public RatePoint[] All
    {
        get
        {
            lock (_points) return [.. _points];
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _listener.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_step, _time);
        var since = _time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var now = _time.GetTimestamp();
            Take(_time.GetElapsedTime(since, now).TotalSeconds);
            since = now;
        }
    }

    private static Kind KindOf(string instrument) => instrument switch
    {
        "stream_enqueue_total" => Kind.Accepted,
        "retry_attempts_total" => Kind.Retried,
        "dlq_messages_resolved_total" => Kind.Resolved,
        _ => Kind.Other,
    };

    private static Kind KindOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var tag in tags)
        {
            if (tag.Key == End) return tag.Value switch { "delivered" => Kind.Delivered, "deadLettered" => Kind.DeadLettered, _ => Kind.Other };
        }

        return Kind.Other;
    }

    private void Publish(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name != DlqMetrics.MeterName || !ReferenceEquals(instrument.Meter.Scope, _meters)) return;
        if (instrument.Name == "messages_ended_total") listener.EnableMeasurementEvents(instrument, null);
        else if (KindOf(instrument.Name) is not Kind.Other and var kind) listener.EnableMeasurementEvents(instrument, kind);
    }

    private void Count(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
        Interlocked.Add(ref _counts[(int)(state is Kind kind ? kind : KindOf(tags))], value);

    private void Take(double seconds)
    {
        var now = new long[_counts.Length];
        for (var i = 0; i < now.Length; i++) now[i] = Interlocked.Read(ref _counts[i]);
        double Rate(Kind kind) => Math.Round((now[(int)kind] - _before[(int)kind]) / seconds, 2);
        var point = new RatePoint(
            _time.GetUtcNow(), Rate(Kind.Accepted), Rate(Kind.Delivered), Rate(Kind.Retried), Rate(Kind.DeadLettered), Rate(Kind.Resolved));
        _before = now;
        lock (_points)
        {
            if (_points.Count == Steps) _points.Dequeue();
            _points.Enqueue(point);
        }
    }
}
