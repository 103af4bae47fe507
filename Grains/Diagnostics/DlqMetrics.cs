using System.Diagnostics.Metrics;
using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Messages;

namespace DlqCluster.Diagnostics;

/// <summary>What happens here, in numbers: the instruments of the meter <see cref="MeterName"/>. Names are those of the Prometheus metrics.</summary>
public sealed class DlqMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "DlqCluster";

    private static readonly double[] _seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
    private static readonly double[] _tries = [1, 2, 3, 4, 5, 7, 10, 20];

    private readonly Meter _meter;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, int> _breakers = new(StringComparer.Ordinal);
    private readonly Counter<long> _enqueued;
    private readonly Counter<long> _processed;
    private readonly Counter<long> _deadLettered;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _idempotencyHits;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _ingested;
    private readonly Counter<long> _resolved;
    private readonly Counter<long> _dlqErrors;
    private readonly Histogram<double> _attemptDuration;
    private readonly Histogram<double> _endToEnd;
    private readonly Histogram<double> _replayDuration;
    private readonly Histogram<double> _attemptsToSuccess;
    private readonly Histogram<double> _dlqRetries;
    private QueueTracker? _queue;
    private LetterStats _letters = new();
    private DateTimeOffset _lettersAt;
    private long _delivered;
    private long _deadLetteredCount;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">The meters' factory.</param>
    public DlqMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _enqueued = _meter.CreateCounter<long>("stream_enqueue_total", null, "Messages accepted.");
        _processed = _meter.CreateCounter<long>("stream_consumer_processed_total", null, "Attempts made, by how they ended.");
        _deadLettered = _meter.CreateCounter<long>("stream_dead_letter_total", null, "Messages that ended in the dead-letter queue, replays included.");
        _retries = _meter.CreateCounter<long>("retry_attempts_total", null, "Attempts after the first.");
        _idempotencyHits = _meter.CreateCounter<long>("idempotency_hit_total", null, "Repeats that were recognised.");
        _ended = _meter.CreateCounter<long>("messages_ended_total", null, "Messages that came to their end, by end.");
        _ingested = _meter.CreateCounter<long>("dlq_messages_ingested_total", null, "Letters that came in.");
        _resolved = _meter.CreateCounter<long>("dlq_messages_resolved_total", null, "Letters that a replay resolved.");
        _dlqErrors = _meter.CreateCounter<long>("dlq_processing_errors_total", null, "Replays that failed, and looks for due letters that failed.");
        _attemptDuration = Histogram("message_processing_duration_seconds", "Duration of an attempt.", _seconds);
        _endToEnd = Histogram("message_end_to_end_seconds", "From accepting a message to its delivery, without replays.", _seconds);
        _replayDuration = Histogram("dlq_processing_seconds", "From the start of a replay to its end.", _seconds);
        _attemptsToSuccess = Histogram("message_attempts_to_success", "Attempts that a delivered message took.", _tries);
        _dlqRetries = Histogram("dlq_retry_count", "Failed replays of a letter when its newest replay ended.", _tries);
        CreateGauges();
    }

    internal long DeliveredCount => Volatile.Read(ref _delivered);

    internal long DeadLetteredCount => Volatile.Read(ref _deadLetteredCount);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void Watch(QueueTracker queue) => _queue = queue;

    internal void LettersCounted(LetterStats stats, DateTimeOffset at) => (_letters, _lettersAt) = (stats, at);

    internal void Accepted() => _enqueued.Add(1);

    internal void IdempotencyHit(string operation) => _idempotencyHits.Add(1, new KeyValuePair<string, object?>("operation", operation));

    internal void Attempted(Attempt attempt)
    {
        var status = attempt.Outcome == AttemptOutcome.Delivered ? "success" : "error";
        _processed.Add(1, new KeyValuePair<string, object?>("status", status));
        _attemptDuration.Record(attempt.DurationMs / 1_000);
        if (attempt.Number > 1) _retries.Add(1);
    }

    internal void Delivered(Attempt attempt, TimeSpan sinceAccepted, int generation)
    {
        Interlocked.Increment(ref _delivered);
        _ended.Add(1, EndTag(MessageState.Delivered));
        _attemptsToSuccess.Record(attempt.Number);
        if (generation == 0) _endToEnd.Record(sinceAccepted.TotalSeconds);
    }

    internal void Ended(MessageState end)
    {
        _ended.Add(1, EndTag(end));
        if (end != MessageState.DeadLettered) return;
        Interlocked.Increment(ref _deadLetteredCount);
        _deadLettered.Add(1);
    }

    internal void LetterAdmitted(Letter letter, bool isNew)
    {
        if (isNew) _ingested.Add(1);
        else ReplayFailed(letter);
    }

    internal void ReplayEnded(Letter letter)
    {
        if (letter.Status == LetterStatus.Resolved) _resolved.Add(1);
        RecordReplay(letter);
    }

    internal void DlqProcessingError() => _dlqErrors.Add(1);

    internal void BreakerState(string name, BreakerState state)
    {
        lock (_lock) _breakers[name] = (int)state;
    }

    private static KeyValuePair<string, object?> EndTag(MessageState end) => new("end", end switch
    {
        MessageState.Delivered => "delivered",
        MessageState.DeadLettered => "deadLettered",
        MessageState.Cancelled => "cancelled",
        MessageState.Expired => "expired",
        _ => "suppressed",
    });

    private void ReplayFailed(Letter letter)
    {
        _dlqErrors.Add(1);
        RecordReplay(letter);
    }

    private void RecordReplay(Letter letter)
    {
        _dlqRetries.Record(letter.DlqRetryCount);
        if (letter.ReplayAttempts is [.., { EndedAt: { } ended } last]) _replayDuration.Record((ended - last.StartedAt).TotalSeconds);
    }

    private Histogram<double> Histogram(string name, string description, double[] bounds) =>
        _meter.CreateHistogram(name, null, description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });

    private void CreateGauges()
    {
        _meter.CreateObservableGauge("circuit_breaker_state", Breakers, null, "0 closed, 1 open, 2 half-open.");
        _meter.CreateObservableGauge("stream_partition_lag", Lags, null, "Messages that wait in a partition.");
        Gauge("messages_waiting", "Messages that wait to be delivered.", queue => queue.Waiting);
        Gauge("messages_active", "Attempts on their way.", queue => queue.Active);
        Gauge("messages_delayed", "Messages that wait for their time.", queue => queue.Delayed);
        Gauge("messages_parked", "Messages that an open breaker or a pause holds.", queue => queue.Parked);
        Gauge("messages_greatest_lateness_seconds", "How overdue the most overdue message is.", queue => queue.GreatestLatenessMs / 1_000);
        _meter.CreateObservableGauge("dlq_backlog_size", () => Letters(LetterStatus.Pending) + Letters(LetterStatus.Processing), null, "Letters that will be replayed, or are.");
        _meter.CreateObservableGauge("dlq_queue_size", () => _letters.Total - Letters(LetterStatus.Resolved), null, "Letters that are not resolved.");
        _meter.CreateObservableGauge("dlq_oldest_age_seconds", OldestAge, null, "Age of the oldest pending letter.");
    }

    private void Gauge(string name, string description, Func<QueueCounts, double> read) =>
        _meter.CreateObservableGauge(name, () => _queue is { } queue ? read(queue.Current) : 0, null, description);

    private long Letters(LetterStatus status) => _letters.ByStatus.GetValueOrDefault(status);

    private double OldestAge() => _letters.OldestPending is { } oldest ? Math.Max(0, (_lettersAt - oldest).TotalSeconds) : 0;

    private Measurement<int>[] Breakers()
    {
        lock (_lock)
            return _breakers.Select(pair => new Measurement<int>(pair.Value, new KeyValuePair<string, object?>("name", pair.Key))).ToArray();
    }

    private IEnumerable<Measurement<long>> Lags() =>
        _queue?.Depths().Select(depth => new Measurement<long>(depth.Waiting, new KeyValuePair<string, object?>("partition", depth.Partition))) ?? [];
}
