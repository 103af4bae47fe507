using System.Diagnostics.CodeAnalysis;

namespace DlqCluster.Embedded.Testing;

/// <summary>
/// A world with one thread and a clock that moves only when told. It is the runtime's clock, its scheduler, and the synchronization context
/// of the test. Put it among the services as <see cref="TimeProvider"/> and as <see cref="ITurnScheduler"/>; then the same test does the
/// same things in the same order, always.
/// </summary>
/// <remarks>
/// Either let it run a whole test, <c>time.Run(async () => …)</c>, which moves the clock on whenever nothing else is left to do; or steer
/// it
/// from outside with <see cref="RunUntilIdle"/> and <see cref="Advance"/>. With <c>order</c> it picks, among the activations that are
/// ready,
/// one at random: another seed, another interleaving, and still the same one for the same seed.
/// </remarks>
/// <param name="start">The time at the beginning; by default 2030-01-01 00:00 UTC.</param>
/// <param name="order">Picks which activation goes next; by default the one that has been ready for longest.</param>
public sealed class VirtualTime(DateTimeOffset? start = null, Random? order = null) : TimeProvider, ITurnScheduler
{
    private readonly Lock _lock = new();
    private readonly List<IThreadPoolWorkItem> _turns = [];
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posts = new();
    private readonly PriorityQueue<(VirtualTimer Timer, long Version), (long Due, long Number)> _timers = new();
    private long _ticks = (start ?? new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero)).UtcTicks;
    private long _wallOffset;
    private long _number;
    private TestContextOfOneThread? _context;

    /// <summary>The synchronization context of the test's own code.</summary>
    public SynchronizationContext Context => _context ??= new TestContextOfOneThread(this);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>
    /// How far the clock may move in one <see cref="Run(Func{Task})"/>, so that a test that waits in vain ends. Default: 400 days.
    /// </summary>
    public TimeSpan Horizon { get; set; } = TimeSpan.FromDays(400);

    /// <summary>How many turns have run.</summary>
    public long Turns { get; private set; }

    /// <summary>Whether nothing can run before the clock moves.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock) return _turns.Count == 0 && _posts.Count == 0;
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _ticks) + _wallOffset, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long GetTimestamp() => Volatile.Read(ref _ticks);

    /// <summary>Sets the clock on the wall, as a person or a time server may; what timers and timestamps go by is not touched.</summary>
    /// <param name="by">How far ahead; negative for back.</param>
    public void SetWallClock(TimeSpan by) => _wallOffset += by.Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <inheritdoc/>
    public void Schedule(IThreadPoolWorkItem item)
    {
        lock (_lock) _turns.Add(item);
    }

    /// <summary>Runs everything that can run before the clock moves.</summary>
    public void RunUntilIdle()
    {
        while (RunOne())
        {
        }
    }

    /// <summary>Moves the clock on, and runs what becomes due on the way.</summary>
    /// <param name="time">How far.</param>
    public void Advance(TimeSpan time)
    {
        var end = _ticks + time.Ticks;
        do RunUntilIdle();
        while (FireNext(end));
        Volatile.Write(ref _ticks, end);
        RunUntilIdle();
    }

    /// <summary>Lets the clock move on from within <see cref="Run(Func{Task})"/>.</summary>
    /// <param name="time">How far.</param>
    public Task AdvanceAsync(TimeSpan time) => Task.Delay(time, this);

    /// <summary>Lets everything run that can run before the clock moves, from within <see cref="Run(Func{Task})"/>.</summary>
    public async Task SettleAsync()
    {
        // Behind everything that is ready; what that makes ready in turn is seen by looking again.
        do await Task.Yield();
        while (!IsIdle);
    }

    /// <summary>Runs a test to its end, moving the clock on whenever nothing else is left to do.</summary>
    /// <param name="test">The test.</param>
    public void Run(Func<Task> test) => Run(async () =>
    {
        await test();
        return true;
    });

    /// <summary>Runs a test to its end, moving the clock on whenever nothing else is left to do.</summary>
    /// <typeparam name="T">What it results in.</typeparam>
    /// <param name="test">The test.</param>
    /// <exception cref="InvalidOperationException">The test waits for something that never comes.</exception>
    [SuppressMessage("Usage", "xUnit1031", Justification = "The task has completed.")]
    public T Run<T>(Func<Task<T>> test)
    {
        Task<T>? task = null;
        InContext(() => task = test());
        var end = _ticks + Horizon.Ticks;
        while (!task!.IsCompleted)
        {
            if (!RunOne() && !FireNext(end))
                throw new InvalidOperationException($"The test waits for something that does not come within {Horizon}.");
        }

        return task.GetAwaiter().GetResult();
    }

    private void InContext(Action action)
    {
        var previous = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(Context);
        try
        {
            action();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(previous);
        }
    }

    private bool RunOne()
    {
        IThreadPoolWorkItem? turn = null;
        (SendOrPostCallback Callback, object? State) post = (null!, null);
        lock (_lock)
        {
            var ready = _turns.Count + (_posts.Count > 0 ? 1 : 0);
            if (ready == 0) return false;
            // The test's own code goes last, so that the grains are quiet when it looks; unless chance decides.
            var pick = order?.Next(ready) ?? 0;
            if (pick < _turns.Count)
            {
                turn = _turns[pick];
                _turns.RemoveAt(pick);
            }
            else
            {
                post = _posts.Dequeue();
            }
        }

        Turns++;
        InContext(() =>
        {
            if (turn is not null) turn.Execute();
            else post.Callback(post.State);
        });
        return true;
    }

    private bool FireNext(long end)
    {
        VirtualTimer? timer = null;
        lock (_lock)
        {
            while (timer is null && _timers.TryPeek(out var next, out var at) && at.Due <= end)
            {
                _timers.Dequeue();
                if (next.Timer.Version != next.Version) continue;
                timer = next.Timer;
                Volatile.Write(ref _ticks, Math.Max(_ticks, at.Due));
            }
        }

        if (timer is null) return false;
        timer.Fire();
        return true;
    }

    private sealed class TestContextOfOneThread(VirtualTime time) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
            lock (time._lock) time._posts.Enqueue((d, state));
        }

        public override void Send(SendOrPostCallback d, object? state) => d(state);

        public override SynchronizationContext CreateCopy() => this;
    }

    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long Version { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                _period = period;
                Version++;
                if (dueTime != Timeout.InfiniteTimeSpan)
                    time._timers.Enqueue((this, Version), (time._ticks + dueTime.Ticks, ++time._number));
                return true;
            }
        }

        public void Fire()
        {
            if (_period > TimeSpan.Zero) Change(_period, _period);
            time.InContext(() => callback(state));
        }

        public void Dispose()
        {
            lock (time._lock) Version++;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
