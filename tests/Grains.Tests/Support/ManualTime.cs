namespace DlqCluster.Grains.Tests.Support;

/// <summary>A clock that stands still until it is told to move on, with timers that fire as it passes them.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _zero = Samples.Start;
    private TimeSpan _elapsed;

    /// <summary>Called before each reading of the clock: the place to do something at exactly that moment.</summary>
    public Action? BeforeReading { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        BeforeReading?.Invoke();
        return _zero + _elapsed;
    }

    public override long GetTimestamp()
    {
        BeforeReading?.Invoke();
        return _elapsed.Ticks;
    }

    /// <summary>Sets the wall clock, as an operator or a time server may; what timers and timestamps go by is not touched.</summary>
    public void SetWallClock(TimeSpan by) => _zero += by;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        var until = _elapsed + by;
        while (_timers.Where(timer => timer.Due <= until).MinBy(timer => timer.Due) is { } next)
        {
            if (next.Due > _elapsed) _elapsed = next.Due;
            next.Fire();
        }

        _elapsed = until;
    }

    private sealed class ManualTimer(ManualTime time, Action fire) : ITimer
    {
        private TimeSpan _period;

        public TimeSpan Due { get; private set; } = TimeSpan.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : time._elapsed + dueTime;
            _period = period;
            return true;
        }

        public void Fire()
        {
            Due = _period > TimeSpan.Zero ? Due + _period : TimeSpan.MaxValue;
            fire();
        }

        public void Dispose() => time._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
