using DlqCluster.Breakers;
using DlqCluster.Downstreams;
using DlqCluster.Hosting;
using DlqCluster.Messages;

namespace DlqCluster.Delivery;

/// <summary>
/// One silo's gate before one downstream. It admits messages, by rank, as far as the pause, the bulkhead, the breaker, the rate limit and
/// the recovery ramp allow. It works from a short lease of the breaker's state, so that admitting costs no call (the breaker's half and
/// the queue are in the other files).
/// </summary>
internal sealed partial class DeliveryGate : IDisposable
{
    private readonly Lock _lock = new();
    private readonly GateDependencies _with;
    private readonly DeliveryOptions _options;
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _onDrain;
    private readonly DateTimeOffset _startedAt;
    private readonly long _startStamp;

    private Downstream _definition;
    private bool _paused;
    private TokenBucket _bucket;
    private int _inFlight;
    private DateTimeOffset _timerDue = DateTimeOffset.MaxValue;

    public DeliveryGate(Downstream definition, bool paused, GateDependencies with)
    {
        _definition = definition;
        _paused = paused;
        _with = with;
        _options = with.Options.Value;
        _startedAt = with.Time.GetUtcNow();
        _startStamp = with.Time.GetTimestamp();
        _sequence = _startedAt.UtcTicks;
        _breaker = with.Grains.GetGrain<ICircuitBreakerGrain>(definition.Name);
        _timer = with.Time.CreateTimer(static gate => ((DeliveryGate)gate!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _onDrain = with.Drain.Token.UnsafeRegister(static gate => ((DeliveryGate)gate!).OnDrain(), this);
    }

    private enum Obstacle
    {
        None,
        Stopped,
        Bulkhead,
        LeaseOver,
        BreakerOpen,
        ProbesOnly,
        Yield,
        Pace,
    }

    public GateCounts Counts
    {
        get
        {
            lock (_lock) return new(_waiting, _inFlight, IsBlocked);
        }
    }

    /// <summary>
    /// How many more messages may sensibly be brought here from the ledger now. It falls to zero while nothing passes, so that what waits,
    /// waits where it costs no memory.
    /// </summary>
    public int Room
    {
        get
        {
            lock (_lock)
            {
                if (_paused || _with.Drain.IsDraining) return 0;
                var most = Comfortable;
                if (_lease is { State: not BreakerState.Closed })
                    most = _lease.State == BreakerState.HalfOpen || Now >= _breakerRetryAt ? _definition.Breaker.Probes : 0;
                return Math.Max(0, most - _waiting);
            }
        }
    }

    /// <summary>Whether so many wait that another one had better wait in the ledger.</summary>
    public bool IsCrowded => Volatile.Read(ref _waiting) >= Comfortable;

    private bool IsBlocked => _paused || _lease is { State: not BreakerState.Closed };

    /// <summary>A time that never jumps: a clock that is set back must not lengthen a lease.</summary>
    private DateTimeOffset Now => _startedAt + _with.Time.GetElapsedTime(_startStamp);

    /// <summary>Waits until the message may be sent. Whoever is admitted must <see cref="Leave"/>.</summary>
    /// <param name="rank">Its place: the smallest goes first.</param>
    /// <param name="cancellationToken">Ends the wait; the task is then cancelled.</param>
    public ValueTask<GateTicket> EnterAsync(DateTimeOffset rank, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (EnterAtOnce() is { } ticket) return new(ticket);
            if (_waiting >= _options.MaxWaiting) return new(new GateTicket(Admission.Shed));
            waiter = new Waiter(this);
            _queue.Enqueue(waiter, (rank, ++_arrivals));
            _waiting++;
        }

        waiter.CancelWith(cancellationToken);
        Pump();
        return new(waiter.Task);
    }

    /// <summary>Enters if there is nothing to wait for. Whoever is admitted must <see cref="Leave"/>.</summary>
    /// <returns>Null when it has to wait: see <see cref="EnterAsync"/>.</returns>
    public GateTicket? TryEnter()
    {
        lock (_lock) return EnterAtOnce();
    }

    /// <summary>
    /// Whether one that was admitted may still be sent: what it did since took its time, and the lease it was admitted under may be over.
    /// </summary>
    /// <param name="ticket">The ticket that admitted it.</param>
    /// <param name="since">How long ago that was.</param>
    public bool StillAdmits(GateTicket ticket, TimeSpan since)
    {
        lock (_lock)
        {
            if (_paused) return false;
            return ticket.Probe is null
                ? _lease is { State: BreakerState.Closed } && Now < _leaseUntil
                : since < TimeSpan.FromMilliseconds(_options.LeaseMs);
        }
    }

    /// <summary>Gives the place back and counts how the attempt went.</summary>
    /// <param name="ticket">The ticket that admitted it.</param>
    /// <param name="result">How it went; null when nothing was sent after all.</param>
    /// <param name="duration">How long the downstream took.</param>
    public void Leave(GateTicket ticket, AttemptResult? result, TimeSpan duration)
    {
        lock (_lock)
        {
            _inFlight--;
            if (ticket.Probe is null && result is not null) Count(result, duration);
            RenewIfDue();
        }

        if (ticket.Probe is { } permit)
        {
            var succeeded = result is null ? null : (bool?)!CountsAsFailure(result);
            _with.Background.Run(() => ReportProbeAsync(permit, succeeded, result?.Error));
        }

        Pump();
    }

    /// <summary>Takes on a changed definition or pause.</summary>
    public void Update(Downstream definition, bool paused)
    {
        lock (_lock)
        {
            _definition = definition;
            _paused = paused;
        }

        Pump();
    }

    public void Dispose()
    {
        _onDrain.Dispose();
        _timer.Dispose();
    }

    private GateTicket? EnterAtOnce()
    {
        if (_with.Drain.IsDraining) return new GateTicket(Admission.Closing);
        if (_waiting > 0 || FindObstacle(out _) != Obstacle.None) return null;
        _inFlight++;
        RenewIfDue();
        return new GateTicket(Admission.Admitted);
    }

    /// <summary>Admits whoever may pass now, and sees to what stands in the way of the rest.</summary>
    private void Pump()
    {
        while (true)
        {
            lock (_lock)
            {
                if (!DropCancelled()) return;
                var obstacle = FindObstacle(out var wait);
                if (obstacle != Obstacle.None)
                {
                    SeeTo(obstacle, wait);
                    return;
                }

                if (_queue.TryDequeue(out var next, out _)) Admit(next, new GateTicket(Admission.Admitted));
            }
        }
    }

    /// <summary>What keeps the next message from being sent. A token of the pace is taken when nothing else does.</summary>
    private Obstacle FindObstacle(out TimeSpan wait)
    {
        wait = default;
        if (_paused || _with.Drain.IsDraining) return Obstacle.Stopped;
        if (_inFlight >= _definition.MaxConcurrency) return Obstacle.Bulkhead;
        if (_lease is null || Now >= _leaseUntil) return Obstacle.LeaseOver;
        if (_lease.State == BreakerState.Open) return Obstacle.BreakerOpen;
        if (_lease.State == BreakerState.HalfOpen) return Obstacle.ProbesOnly;
        if (Yields(out wait)) return Obstacle.Yield;
        return _bucket.TryTake(Pace(), Now.UtcTicks, out wait) ? Obstacle.None : Obstacle.Pace;
    }

    /// <summary>Whether it should make way for messages that are being accepted, and for how long; something always goes on.</summary>
    private bool Yields(out TimeSpan wait)
    {
        wait = _inFlight >= Math.Max(1, _definition.MaxConcurrency * _options.YieldPercent / 100) ? _with.Accepts.YieldFor : TimeSpan.Zero;
        return wait > TimeSpan.Zero;
    }

    private double? Pace() => (_definition.RatePerSecond, _lease?.AdmitPerSecond) switch
    {
        ({ } limit, { } ramp) => Math.Min(limit, ramp),
        var (limit, ramp) => limit ?? ramp,
    };

    private void SeeTo(Obstacle obstacle, TimeSpan wait)
    {
        switch (obstacle)
        {
            case Obstacle.LeaseOver:
                // After an answer that said when to ask again, that is when. A gate that got no probe asks for one, which renews the lease too:
                // renewing it alone would put off the asking for ever, since a lease is over just when it is worth asking again.
                if (Now < _breakerRetryAt) WakeAt(_breakerRetryAt);
                else if (_lease is { State: BreakerState.HalfOpen } && _noPermitFree && _probeCalls == 0) StartProbes();
                else StartRenewal();
                break;
            case Obstacle.BreakerOpen:
                // Not when it is worth asking again: a call that failed meanwhile may have put that into the past, and the timer would spin.
                WakeAt(_leaseUntil);
                break;
            case Obstacle.ProbesOnly:
                StartProbes();
                break;
            case Obstacle.Yield or Obstacle.Pace:
                WakeAt(Now + wait);
                break;
            default:
                // A leaving attempt, or the end of the pause, pumps again.
                break;
        }
    }

    private void WakeAt(DateTimeOffset due)
    {
        if (due >= _timerDue) return;
        _timerDue = due;
        var wait = due - Now;
        // A timer may fire a little early; a millisecond more than asked saves a second look.
        _timer.Change(wait > TimeSpan.Zero ? wait + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            _timerDue = DateTimeOffset.MaxValue;
            RenewIfDue();
        }

        Pump();
    }
}
