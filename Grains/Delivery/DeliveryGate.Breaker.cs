using DlqCluster.Breakers;
using DlqCluster.Messages;

namespace DlqCluster.Delivery;

/// <summary>The gate's side of the circuit breaker: the lease, the reports, the probes.</summary>
internal sealed partial class DeliveryGate
{
    /// <summary>Without a breaker's lease nothing is sent.</summary>
    private const string AskingBreaker = "Asking circuit breakers for leases";

    /// <summary>A failure is reported this soon: it may be what trips the breaker.</summary>
    private static readonly TimeSpan _failureReportDelay = TimeSpan.FromMilliseconds(20);

    /// <summary>How long to wait after a call to the breaker failed.</summary>
    private static readonly TimeSpan _retryDelay = TimeSpan.FromMilliseconds(100);

    private readonly ICircuitBreakerGrain _breaker;

    private BreakerLease? _lease;
    private DateTimeOffset _leaseUntil;
    private DateTimeOffset _leasedAt;
    private DateTimeOffset _breakerRetryAt;
    private bool _renewing;
    private int _probeCalls;
    private bool _noPermitFree;

    private BreakerReport? _unacknowledged;

    /// <summary>Begins at the time, so that a silo that was restarted is not taken for one that repeats itself.</summary>
    private long _sequence;
    private int _successes;
    private int _failures;
    private int _slow;
    private int _trailingFailures;
    private string? _lastError;

    private bool HasNews => _unacknowledged is not null || _successes > 0 || _failures > 0;

    private bool CountsAsFailure(AttemptResult result) => result.Outcome switch
    {
        AttemptOutcome.TransientFailure => true,
        AttemptOutcome.PermanentFailure => _definition.Breaker.CountPermanentFailures,
        _ => false,
    };

    private void Count(AttemptResult result, TimeSpan duration)
    {
        if (CountsAsFailure(result))
        {
            _failures++;
            _trailingFailures++;
            _lastError = result.Error;
        }
        else
        {
            _successes++;
            _trailingFailures = 0;
        }

        if (duration.TotalMilliseconds > _definition.Breaker.SlowCallMs) _slow++;
    }

    /// <summary>Renews the lease in good time while there is traffic, and passes news on; otherwise sees to it that this happens later.</summary>
    private void RenewIfDue()
    {
        if (_renewing) return;
        var now = Now;
        var due = _failures > 0 ? _leasedAt + _failureReportDelay : _leasedAt + TimeSpan.FromMilliseconds(_options.LeaseMs / 2);
        if (now < _breakerRetryAt && due < _breakerRetryAt) due = _breakerRetryAt;
        if (!HasNews && _inFlight == 0) return;
        if (now >= due) StartRenewal();
        else WakeAt(due);
    }

    private void StartRenewal()
    {
        if (_renewing) return;
        _renewing = true;
        _with.Background.Run(RenewAsync);
    }

    private async Task RenewAsync()
    {
        BreakerReport report;
        DateTimeOffset askedAt;
        lock (_lock)
        {
            report = TakeReport();
            askedAt = Now;
        }

        try
        {
            var lease = await _breaker.Report(report);
            lock (_lock)
            {
                _unacknowledged = null;
                Adopt(lease, askedAt);
            }

            _with.Troubles.Over(AskingBreaker);
        }
        catch (Exception exception)
        {
            lock (_lock) _breakerRetryAt = Now + _retryDelay;
            _with.Troubles.Met(AskingBreaker, exception);
        }
        finally
        {
            // Whatever happens: a gate that takes itself for renewing never asks again, and lets nothing through for ever.
            lock (_lock)
            {
                _renewing = false;
                RenewIfDue();
            }

            Pump();
        }
    }

    /// <summary>The report to send: the one that has not been acknowledged, or what came in since.</summary>
    private BreakerReport TakeReport()
    {
        if (_unacknowledged is not null) return _unacknowledged;
        var report = new BreakerReport
        {
            Silo = _with.Silo.Value,
            Sequence = ++_sequence,
            Successes = _successes,
            Failures = _failures,
            Slow = _slow,
            TrailingFailures = _trailingFailures,
            LastError = _lastError,
        };
        if (_successes > 0 || _failures > 0) _unacknowledged = report;
        (_successes, _failures, _slow, _trailingFailures, _lastError) = (0, 0, 0, 0, null);
        return report;
    }

    private void Adopt(BreakerLease lease, DateTimeOffset askedAt)
    {
        // Answers may overtake each other; what was asked last knows best. Versions do not tell: a breaker that lost its last transition
        // counts on from an older one.
        if (_lease is not null && askedAt < _leasedAt) return;
        _lease = lease;
        _leasedAt = askedAt;
        _leaseUntil = askedAt + TimeSpan.FromMilliseconds(lease.ValidForMs);
        _breakerRetryAt = lease.State == BreakerState.Closed ? askedAt : askedAt + TimeSpan.FromMilliseconds(lease.RetryAfterMs);
        // While nothing passes the lease is as good as its retry time: nothing is sent on it.
        if (lease.State == BreakerState.Open) _leaseUntil = _breakerRetryAt;
    }

    /// <summary>Asks for as many probes as there are messages and places for them, each by a call of its own.</summary>
    private void StartProbes()
    {
        if (Now < _breakerRetryAt && _noPermitFree)
        {
            WakeAt(_breakerRetryAt);
            return;
        }

        // Where there was none a moment ago, one asks for all.
        var most = _noPermitFree ? 1 : _definition.Breaker.Probes;
        _noPermitFree = false;
        var wanted = Math.Min(Math.Min(_waiting, _definition.MaxConcurrency - _inFlight), most);
        while (_probeCalls < wanted)
        {
            if (!_bucket.TryTake(_definition.RatePerSecond, Now.UtcTicks, out var wait))
            {
                WakeAt(Now + wait);
                return;
            }

            _probeCalls++;
            _with.Background.Run(AcquireProbeAsync);
        }
    }

    private async Task AcquireProbeAsync()
    {
        ProbeAnswer? answer = null;
        try
        {
            var askedAt = Now;
            answer = await _breaker.AcquireProbe(_with.Silo.Value);
            lock (_lock) Adopt(answer.Lease, askedAt);
        }
        catch (Exception exception)
        {
            _with.Troubles.Met(AskingBreaker, exception);
            lock (_lock) _breakerRetryAt = Now + _retryDelay;
        }

        var used = false;
        lock (_lock)
        {
            _probeCalls--;
            if (answer?.Permit is not { } permit) _noPermitFree = true;
            else used = UseProbe(new GateTicket(Admission.Admitted, permit));
        }

        if (answer?.Permit is { } unused && !used) await ReportProbeAsync(unused, null, null);
        Pump();
    }

    /// <summary>Sends the next waiter as a probe.</summary>
    /// <returns>False when nobody may go any more; the permit is then handed back.</returns>
    private bool UseProbe(GateTicket ticket)
    {
        if (_paused || _with.Drain.IsDraining || _inFlight >= _definition.MaxConcurrency) return false;
        while (_queue.TryDequeue(out var next, out _))
            if (Admit(next, ticket)) return true;
        return false;
    }

    private async Task ReportProbeAsync(string permit, bool? succeeded, string? error)
    {
        try
        {
            var askedAt = Now;
            var lease = await _breaker.ReportProbe(_with.Silo.Value, permit, succeeded, error);
            lock (_lock)
            {
                _noPermitFree = false;
                Adopt(lease, askedAt);
            }
        }
        catch (Exception exception)
        {
            // The permit lapses at the breaker by itself.
            _with.Troubles.Met(AskingBreaker, exception);
        }

        Pump();
    }
}
