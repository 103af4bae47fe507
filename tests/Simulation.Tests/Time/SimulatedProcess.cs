using DlqCluster.Embedded;
using DlqCluster.Hosting;

namespace DlqCluster.Simulation.Time;

/// <summary>
/// One process of the world: its clock, its scheduler and its thread pool, which are all the world's one thread. When it dies, all that it
/// had ready and all its alarms are gone; what it had sent to a store or a downstream goes its own way.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="time">The world's clock.</param>
internal sealed class SimulatedProcess(string name, SimulatedTime time) : TimeProvider, ITurnScheduler, IBackgroundRunner
{
    private Pool? _context;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Whether it has ended.</summary>
    public bool IsDead { get; set; }

    /// <summary>How far its wall clock is off. Timers do not notice.</summary>
    public TimeSpan ClockError { get; set; }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    private Pool Context => _context ??= new Pool(this);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => SimulatedTime.Start + time.Elapsed + ClockError;

    /// <inheritdoc/>
    public override long GetTimestamp() => time.Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, time, callback, state);
        alarm.Change(dueTime, period);
        return alarm;
    }

    /// <inheritdoc/>
    public void Schedule(IThreadPoolWorkItem item) => time.Add(new Ready(this, item));

    /// <inheritdoc/>
    public void Run(Func<Task> work) => time.Add(new Ready(this, (SendOrPostCallback)(static work => _ = ((Func<Task>)work!)()), work));

    /// <summary>Does something later, on this process.</summary>
    public void After(TimeSpan wait, Action act)
    {
        var alarm = new Alarm(this, time, static act => ((Action)act!)(), act);
        alarm.Change(wait, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Waits.</summary>
    public Task Delay(TimeSpan wait) => wait <= TimeSpan.Zero ? Task.CompletedTask : Task.Delay(wait, this);

    /// <summary>Runs something that was ready; only the world's loop does.</summary>
    public void Execute(in Ready ready)
    {
        var previous = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(Context);
        try
        {
            if (ready.Work is IThreadPoolWorkItem item) item.Execute();
            else ((SendOrPostCallback)ready.Work)(ready.State);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(previous);
        }
    }

    private sealed class Pool(SimulatedProcess process) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => process.Add(new Ready(process, d, state));

        public override void Send(SendOrPostCallback d, object? state) => d(state);

        public override SynchronizationContext CreateCopy() => this;
    }

    private void Add(in Ready ready) => time.Add(ready);
}

/// <summary>A timer of a process.</summary>
internal sealed class Alarm(SimulatedProcess owner, SimulatedTime time, TimerCallback callback, object? state) : ITimer
{
    private TimeSpan _period;

    /// <summary>Whose it is.</summary>
    public SimulatedProcess Owner => owner;

    /// <summary>Grows with every change, so that what was set before is void.</summary>
    public long Version { get; private set; }

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _period = period;
        Version++;
        if (dueTime != Timeout.InfiniteTimeSpan) time.Set(this, dueTime);
        return true;
    }

    /// <summary>It goes off; only the world's loop does.</summary>
    public void Fire()
    {
        if (_period > TimeSpan.Zero) Change(_period, _period);
        owner.Execute(new Ready(owner, (SendOrPostCallback)(_ => callback(state))));
    }

    /// <inheritdoc/>
    public void Dispose() => Version++;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }
}
