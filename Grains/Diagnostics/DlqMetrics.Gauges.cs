using System.Diagnostics.Metrics;
using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Ordering;

namespace DlqCluster.Diagnostics;

/// <summary>What there is at the moment: asked for at each scrape, and free in between.</summary>
public sealed partial class DlqMetrics
{
    private static readonly TimeSpan _flowWindow = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, int> _breakers = new(StringComparer.Ordinal);
    private readonly LetterFlow _flow = new(_flowWindow);
    private QueueTracker? _queue;
    private long _lanes;
    private long _lanesBlocked;
    private LettersNow _letters = new(new LetterStats(), default, default);
    private long _foundAtStart;

    /// <summary>Whether this silo counts the letters of all: the one that has the first partition of the dead letters.</summary>
    internal bool CountsLetters { get; set; }

    internal void Watch(QueueTracker queue) => _queue = queue;

    /// <summary>Letters have been counted, which happens every few seconds.</summary>
    internal void LettersCounted(LetterStats stats, DateTimeOffset at)
    {
        var rates = _flow.Note(at, Interlocked.Read(ref _arrived), Interlocked.Read(ref _drained), Backlog(stats));
        Volatile.Write(ref _letters, new LettersNow(stats, at, rates));
    }

    /// <summary>Ordering lanes have been counted, which happens as often.</summary>
    internal void LanesCounted(LaneTotals totals)
    {
        Volatile.Write(ref _lanes, totals.Lanes);
        Volatile.Write(ref _lanesBlocked, totals.Blocked);
    }

    /// <summary>So many messages of earlier runs were unfinished when this one began.</summary>
    internal void FoundAtStart(long messages) => Volatile.Write(ref _foundAtStart, messages);

    internal void BreakerState(string name, BreakerState state)
    {
        lock (_lock) _breakers[name] = (int)state;
    }

    /// <summary>A breaker has left this silo: what it was must not be shown for what it is.</summary>
    internal void BreakerLeft(string name)
    {
        lock (_lock) _breakers.Remove(name);
    }

    private static long Backlog(LetterStats stats) => Count(stats, LetterStatus.Pending) + Count(stats, LetterStatus.Processing);

    private static long Count(LetterStats stats, LetterStatus status) => stats.ByStatus.GetValueOrDefault(status);

    private static string NameOf(LetterStatus status) => status switch
    {
        LetterStatus.Pending => "dlq_pending",
        LetterStatus.Processing => "dlq_processing",
        LetterStatus.Resolved => "dlq_resolved",
        LetterStatus.Failed => "dlq_failed",
        LetterStatus.Manual => "dlq_manual",
        _ => "other",
    };

    private void CreateGauges()
    {
        _meter.CreateObservableGauge("circuit_breaker_state", Breakers, null, "State of each breaker whose grain is in this silo: 0 closed, 1 open, 2 half-open.");
        _meter.CreateObservableGauge("stream_partition_lag", Lags, null, "Messages that wait in a partition.");
        _meter.CreateObservableGauge("messages_found_at_start", () => Volatile.Read(ref _foundAtStart), null, "Unfinished messages of earlier runs when this process started.");
        Gauge("messages_waiting", "Messages that wait to be delivered.", queue => queue.Waiting);
        Gauge("messages_active", "Attempts on their way.", queue => queue.Active);
        Gauge("messages_delayed", "Messages that wait for their time.", queue => queue.Delayed);
        Gauge("messages_parked", "Messages that an open breaker or a pause holds.", queue => queue.Parked);
        Gauge("messages_greatest_lateness_seconds", "How overdue the most overdue message is.", queue => queue.GreatestLatenessMs / 1_000);
        _meter.CreateObservableGauge("downstream_waiting", () => Gates(static gate => gate.Waiting), null, "Messages that wait at a downstream's gate in this silo.");
        _meter.CreateObservableGauge("downstream_in_flight", () => Gates(static gate => gate.InFlight), null, "Attempts on their way to a downstream from this silo.");
        _meter.CreateObservableGauge("ordering_lanes", () => Volatile.Read(ref _lanes), null, "Ordering keys, by downstream, that have messages.");
        _meter.CreateObservableGauge("ordering_lanes_blocked", () => Volatile.Read(ref _lanesBlocked), null, "Of these, those that a dead letter holds up.");
        CreateLetterGauges();
    }

    private void CreateLetterGauges()
    {
        // Shown from the start, so that the first one that stops is an increase.
        _meter.CreateObservableCounter("replay_jobs_ended_total", Jobs, null, "Replay jobs that came to their end: completed, cancelled, or stopped by themselves because too much failed again.");
        Letters("dlq_backlog_size", "Letters that will be replayed, or are.", letters => Backlog(letters.Stats));
        Letters("dlq_queue_size", "Letters that are not resolved.", letters => letters.Stats.Total - Count(letters.Stats, LetterStatus.Resolved));
        Letters("dlq_oldest_age_seconds", "Age of the oldest pending letter.", letters => letters.OldestAge);
        Letters("dlq_arrival_rate_per_second", "New letters a second in this silo, mean of five minutes.", letters => letters.Rates.Arrivals);
        Letters("dlq_drain_rate_per_second", "Letters settled a second in this silo, mean of five minutes.", letters => letters.Rates.Drained);
        Letters("dlq_time_to_drain_seconds", "How long the backlog lasts if it goes on shrinking as in the last five minutes; infinite when it does not.", letters => letters.Rates.SecondsToDrain);
        _meter.CreateObservableGauge("dlq_letters", ByStatus, null, "Letters by status.");
        _meter.CreateObservableGauge("dlq_letters_by_error_type", ByErrorType, null, "Letters of the ten most frequent error types.");
    }

    private void Gauge(string name, string description, Func<QueueCounts, double> read) =>
        _meter.CreateObservableGauge(name, () => _queue is { } queue ? read(queue.Current) : 0, null, description);

    private void Letters(string name, string description, Func<LettersNow, double> read) =>
        _meter.CreateObservableGauge(name, () => read(Volatile.Read(ref _letters)), null, description);

    private Measurement<long>[] Jobs() =>
    [
        new(Interlocked.Read(ref _jobsCompleted), new KeyValuePair<string, object?>("end", "completed")),
        new(Interlocked.Read(ref _jobsCancelled), new KeyValuePair<string, object?>("end", "cancelled")),
        new(Interlocked.Read(ref _jobsStopped), new KeyValuePair<string, object?>("end", "stopped")),
    ];

    private Measurement<int>[] Breakers()
    {
        lock (_lock) return [.. _breakers.Select(static pair => new Measurement<int>(pair.Value, new KeyValuePair<string, object?>("name", pair.Key)))];
    }

    private IEnumerable<Measurement<long>> Lags() =>
        _queue?.Depths().Select(static depth => new Measurement<long>(depth.Waiting, new KeyValuePair<string, object?>("partition", depth.Partition))) ?? [];

    private IEnumerable<Measurement<int>> Gates(Func<Delivery.GateCounts, int> read) =>
        _queue?.Gates().Select(gate => new Measurement<int>(read(gate.Counts), new KeyValuePair<string, object?>("target", gate.Name))) ?? [];

    private IEnumerable<Measurement<long>> ByStatus() =>
        Volatile.Read(ref _letters).Stats.ByStatus.Select(static pair => new Measurement<long>(pair.Value, new KeyValuePair<string, object?>("status", NameOf(pair.Key))));

    private IEnumerable<Measurement<long>> ByErrorType() =>
        Volatile.Read(ref _letters).Stats.TopErrorTypes.Select(static type => new Measurement<long>(type.Count, new KeyValuePair<string, object?>("error_type", type.Name)));

    private sealed record LettersNow(LetterStats Stats, DateTimeOffset At, LetterRates Rates)
    {
        public double OldestAge => Stats.OldestPending is { } oldest ? Math.Max(0, (At - oldest).TotalSeconds) : 0;
    }
}
