namespace DlqCluster.Grains.Tests.Engine.Silos;

/// <summary>
/// The clock of real silos in this process: it moves on, to the next timer, whenever nothing else is left to do. It is the synchronization
/// context of the test too, whose code goes on when the silos have come to rest. Where a cluster is started or stopped, which takes its time,
/// this clock goes as fast as the one on the wall.
/// </summary>
internal sealed class ClusterTime : TimeProvider
{
    // A clock that nobody holds back goes on for ever: this is how a test ends that waits in vain. A busy machine makes a test many times slower.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posts = new();
    private readonly PriorityQueue<(Timer Timer, long Version), (long Due, long Number)> _timers = new();
    private readonly TestContext _context;
    private long _ticks = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;
    private long _wallOffset;
    private long _number;
    private int _realTime;

    public ClusterTime() => _context = new TestContext(this);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _ticks) + Volatile.Read(ref _wallOffset), TimeSpan.Zero);

    /// <inheritdoc/>
    public override long GetTimestamp() => Volatile.Read(ref _ticks);

    /// <summary>Sets the clock on the wall, as a person or a time server may; what timers and timestamps go by is not touched.</summary>
    /// <param name="by">How far ahead; negative for back.</param>
    public void SetWallClock(TimeSpan by) => Volatile.Write(ref _wallOffset, _wallOffset + by.Ticks);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        CreateTimer(callback, state, dueTime, period, static () => true);

    /// <summary>Makes a timer that fires only as long as whoever wants it lives.</summary>
    public ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period, Func<bool> isAlive)
    {
        var timer = new Timer(this, callback, state, isAlive);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Lets the clock move on.</summary>
    /// <param name="time">How far.</param>
    public Task AdvanceAsync(TimeSpan time) => Task.Delay(time, this);

    /// <summary>Forgets all timers, and with them the silos that they are of.</summary>
    public void Clear()
    {
        lock (_lock) _timers.Clear();
    }

    /// <summary>Does what goes by the clock on the wall.</summary>
    /// <param name="work">What to do; not in the test's context.</param>
    public async Task InRealTimeAsync(Func<Task> work)
    {
        Interlocked.Increment(ref _realTime);
        try
        {
            await Task.Run(work);
        }
        finally
        {
            Interlocked.Decrement(ref _realTime);
        }
    }

    /// <summary>Runs a test to its end, on a thread of its own.</summary>
    /// <param name="test">The test.</param>
    /// <exception cref="InvalidOperationException">The test waits for something that never comes.</exception>
    public void Run(Func<Task> test)
    {
        Task? task = null;
        var thread = new Thread(() => task = RunHere(test)) { Name = "The test", IsBackground = true };
        thread.Start();
        thread.Join();
        task!.GetAwaiter().GetResult();
    }

    private Task RunHere(Func<Task> test)
    {
        try
        {
            var rest = new AtRest();
            SynchronizationContext.SetSynchronizationContext(_context);
            var task = test();
            var began = System.GetTimestamp();
            while (true)
            {
                rest.Wait();
                if (RunPost()) continue;
                if (task.IsCompleted) return task;
                if (Volatile.Read(ref _realTime) > 0) GoWithTheWall();
                else if (!FireNext(long.MaxValue) || System.GetElapsedTime(began) > _patience) return InVain();
            }
        }
        catch (Exception error)
        {
            return Task.FromException(error);
        }
    }

    private Task InVain() => Task.FromException(new InvalidOperationException($"The test waits for something that has not come by {GetUtcNow():O}."));

    private bool RunPost()
    {
        (SendOrPostCallback Callback, object? State) post;
        lock (_lock)
        {
            if (!_posts.TryDequeue(out post)) return false;
        }

        post.Callback(post.State);
        return true;
    }

    private void GoWithTheWall()
    {
        var since = System.GetTimestamp();
        Thread.Sleep(1);
        var end = _ticks + Whole(System.GetElapsedTime(since));
        if (!FireNext(end)) Volatile.Write(ref _ticks, end);
    }

    // As with real timers. Orleans waits for a moment by waits of whole milliseconds, again and again until it has come.
    private static long Whole(TimeSpan time) => (long)Math.Ceiling(time.TotalMilliseconds) * TimeSpan.TicksPerMillisecond;

    private bool FireNext(long end)
    {
        Timer? timer = null;
        lock (_lock)
        {
            while (timer is null && _timers.TryPeek(out var next, out var at) && at.Due <= end)
            {
                _timers.Dequeue();
                if (next.Timer.Version != next.Version || !next.Timer.IsAlive) continue;
                timer = next.Timer;
                Volatile.Write(ref _ticks, Math.Max(_ticks, at.Due));
            }
        }

        timer?.Fire();
        return timer is not null;
    }

    private sealed class TestContext(ClusterTime time) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
            lock (time._lock) time._posts.Enqueue((d, state));
        }

        public override void Send(SendOrPostCallback d, object? state) => d(state);

        public override SynchronizationContext CreateCopy() => this;
    }

    private sealed class Timer(ClusterTime time, TimerCallback callback, object? state, Func<bool> isAlive) : ITimer, IThreadPoolWorkItem
    {
        private readonly ExecutionContext? _caller = ExecutionContext.Capture();
        private TimeSpan _period;

        public long Version { get; private set; }

        public bool IsAlive => isAlive();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                _period = period;
                Version++;
                if (dueTime != Timeout.InfiniteTimeSpan)
                    time._timers.Enqueue((this, Version), (time._ticks + Whole(dueTime), ++time._number));
                return true;
            }
        }

        /// <summary>On the thread pool, as real timers do.</summary>
        public void Fire()
        {
            if (_period > TimeSpan.Zero) Change(_period, _period);
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        public void Execute()
        {
            if (_caller is null) callback(state);
            else ExecutionContext.Run(_caller, static timer => ((Timer)timer!).Call(), this);
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

        private void Call() => callback(state);
    }
}
