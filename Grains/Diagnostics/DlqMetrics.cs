using System.Diagnostics.Metrics;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Replays;

namespace DlqCluster.Diagnostics;

/// <summary>
/// What happens here, in numbers: the instruments of the meter <see cref="MeterName"/>. Names are those of the Prometheus metrics. This half
/// counts what happens; the other one shows what there is.
/// </summary>
public sealed partial class DlqMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "DlqCluster";

    private static readonly double[] _seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
    private static readonly double[] _tries = [1, 2, 3, 4, 5, 7, 10, 20];

    private readonly Meter _meter;
    private readonly Counter<long> _enqueued;
    private readonly Counter<long> _processed;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _deadLettered;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _replayed;
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
    private long _delivered;
    private long _deadLetteredCount;
    private long _arrived;
    private long _drained;
    private long _jobsCompleted;
    private long _jobsCancelled;
    private long _jobsStopped;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">The meters' factory.</param>
    public DlqMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _enqueued = Counter("stream_enqueue_total", "Messages accepted.");
        _processed = Counter("stream_consumer_processed_total", "Attempts made, by how they ended.");
        _attempts = Counter("delivery_attempts_total", "Attempts made, by downstream and result: delivered, or the error type.");
        _deadLettered = Counter("stream_dead_letter_total", "Messages that ended in the dead-letter queue, replays included.");
        _retries = Counter("retry_attempts_total", "Attempts after the first.");
        _replayed = Counter("messages_replayed_total", "Replays that were begun: the message waits to be delivered once more.");
        _idempotencyHits = Counter("idempotency_hit_total", "Repeats that were recognised.");
        _ended = Counter("messages_ended_total", "Messages that came to their end and left the queue, by end; a replay ends once more.");
        _ingested = Counter("dlq_messages_ingested_total", "Letters that came in.");
        _resolved = Counter("dlq_messages_resolved_total", "Letters that a replay resolved.");
        _dlqErrors = Counter("dlq_processing_errors_total", "Replays that failed, and looks for due letters that failed.");
        _attemptDuration = Histogram("message_processing_duration_seconds", "Duration of an attempt.", _seconds);
        _endToEnd = Histogram("message_end_to_end_seconds", "From the moment that a message was due to its delivery, without replays.", _seconds);
        _replayDuration = Histogram("dlq_processing_seconds", "From the start of a replay to its end.", _seconds);
        _attemptsToSuccess = Histogram("message_attempts_to_success", "Attempts that a delivered message took.", _tries);
        _dlqRetries = Histogram("dlq_retry_count", "Failed replays of a letter when its newest replay ended.", _tries);
        CreateGauges();
    }

    internal long DeliveredCount => Volatile.Read(ref _delivered);

    internal long DeadLetteredCount => Volatile.Read(ref _deadLetteredCount);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void Accepted() => _enqueued.Add(1);

    internal void Replayed() => _replayed.Add(1);

    internal void IdempotencyHit(string operation) => _idempotencyHits.Add(1, new KeyValuePair<string, object?>("operation", operation));

    internal void Attempted(string target, Attempt attempt)
    {
        var delivered = attempt.Outcome == AttemptOutcome.Delivered;
        _processed.Add(1, new KeyValuePair<string, object?>("status", delivered ? "success" : "error"));
        var result = delivered ? "delivered" : ErrorTypes.Name(attempt.ErrorType ?? ErrorType.Unknown);
        _attempts.Add(1, new KeyValuePair<string, object?>("target", target), new KeyValuePair<string, object?>("result", result));
        _attemptDuration.Record(attempt.DurationMs / 1_000);
        if (attempt.Number > 1) _retries.Add(1);
    }

    internal void Delivered(Attempt attempt, Envelope envelope, DateTimeOffset now)
    {
        Interlocked.Increment(ref _delivered);
        _attemptsToSuccess.Record(attempt.Number);
        // What was to be delivered later has not been slow for that.
        var due = envelope.DeliverAt > envelope.AcceptedAt ? envelope.DeliverAt.Value : envelope.AcceptedAt;
        if (attempt.Generation == 0) _endToEnd.Record(Math.Max(0, (now - due).TotalSeconds));
    }

    internal void DeadLettered()
    {
        Interlocked.Increment(ref _deadLetteredCount);
        _deadLettered.Add(1);
    }

    /// <summary>A message has left the queue. It is counted here and not when it ended, so that what came in always is what waits and what left.</summary>
    internal void Left(MessageState end) => _ended.Add(1, new KeyValuePair<string, object?>("end", NameOf(end)));

    internal void LetterAdmitted(Letter letter, bool isNew)
    {
        if (isNew)
        {
            Interlocked.Increment(ref _arrived);
            _ingested.Add(1);
            return;
        }

        _dlqErrors.Add(1);
        RecordReplay(letter);
    }

    internal void ReplayEnded(Letter letter)
    {
        if (letter.Status == LetterStatus.Resolved)
        {
            Interlocked.Increment(ref _drained);
            _resolved.Add(1);
        }

        RecordReplay(letter);
    }

    internal void LetterDiscarded() => Interlocked.Increment(ref _drained);

    /// <summary>A replay job has come to its end.</summary>
    internal void JobEnded(ReplayJobState end)
    {
        if (end == ReplayJobState.Completed) Interlocked.Increment(ref _jobsCompleted);
        else if (end == ReplayJobState.Stopped) Interlocked.Increment(ref _jobsStopped);
        else Interlocked.Increment(ref _jobsCancelled);
    }

    internal void DlqProcessingError() => _dlqErrors.Add(1);

    private static string NameOf(MessageState end) => end switch
    {
        MessageState.Delivered => "delivered",
        MessageState.DeadLettered => "deadLettered",
        MessageState.Cancelled => "cancelled",
        MessageState.Expired => "expired",
        _ => "suppressed",
    };

    private void RecordReplay(Letter letter)
    {
        _dlqRetries.Record(letter.DlqRetryCount);
        if (letter.ReplayAttempts is [.., { EndedAt: { } ended } last]) _replayDuration.Record((ended - last.StartedAt).TotalSeconds);
    }

    private Counter<long> Counter(string name, string description) => _meter.CreateCounter<long>(name, null, description);

    private Histogram<double> Histogram(string name, string description, double[] bounds) =>
        _meter.CreateHistogram(name, null, description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
}
