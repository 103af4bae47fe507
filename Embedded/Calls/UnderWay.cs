namespace DlqCluster.Embedded;

/// <summary>
/// Everything that has a deadline and is not done. One timer looks through it about once a second, and only while there is something to
/// look
/// at: a timer for each call would cost more than most calls.
/// </summary>
internal sealed class UnderWay : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly Part[] _parts;
    private readonly ITimer _timer;
    private readonly TimeSpan _interval;
    private readonly Action<List<Deadline>> _expired;
    private int _armed;

    /// <summary>Makes one.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="parts">Over how many locks to spread it.</param>
    /// <param name="interval">How often to look; deadlines are met that late.</param>
    /// <param name="turns">Where to look.</param>
    /// <param name="expired">What to do with what is too late.</param>
    public UnderWay(TimeProvider clock, int parts, TimeSpan interval, TurnQueue turns, Action<List<Deadline>> expired)
    {
        _clock = clock;
        _interval = interval;
        _expired = expired;
        _parts = new Part[parts];
        for (var i = 0; i < parts; i++) _parts[i] = new Part();
        _timer = clock.CreateDetachedTimer(() => turns.Post(static state => ((UnderWay)state!).Sweep(), this));
    }

    /// <summary>Adds a deadline.</summary>
    /// <param name="deadline">The deadline.</param>
    /// <param name="timeout">When it is too late, from now.</param>
    public void Add(Deadline deadline, TimeSpan timeout)
    {
        deadline.ExpiresAt = _clock.GetTimestamp() + (long)(timeout.TotalSeconds * _clock.TimestampFrequency);
        _parts[_parts.Length == 1 ? 0 : Environment.CurrentManagedThreadId % _parts.Length].Add(deadline);
        if (Volatile.Read(ref _armed) == 0) Arm();
    }

    /// <summary>Removes a deadline that is met.</summary>
    /// <param name="deadline">The deadline.</param>
    public static void Remove(Deadline deadline) => deadline.Part?.Remove(deadline);

    /// <summary>All that is there, by part in the order in which it came.</summary>
    public List<Deadline> Snapshot()
    {
        var all = new List<Deadline>();
        foreach (var part in _parts) part.Collect(all, long.MaxValue);
        return all;
    }

    public void Dispose() => _timer.Dispose();

    private void Arm()
    {
        if (Interlocked.CompareExchange(ref _armed, 1, 0) == 0) _timer.Change(_interval, Timeout.InfiniteTimeSpan);
    }

    private void Sweep()
    {
        // First this: what is added to a part after it was looked at below sees it, and arms the timer.
        Volatile.Write(ref _armed, 0);
        var expired = new List<Deadline>();
        var all = 0;
        foreach (var part in _parts) all += part.Collect(expired, _clock.GetTimestamp());
        foreach (var deadline in expired) Remove(deadline);
        if (all > expired.Count) Arm();
        _expired(expired);
    }

    /// <summary>A list of its own, with a lock of its own.</summary>
    internal sealed class Part
    {
        private readonly Lock _lock = new();
        private Deadline? _first;
        private Deadline? _last;

        public void Add(Deadline deadline)
        {
            lock (_lock)
            {
                deadline.Part = this;
                deadline.Earlier = _last;
                if (_last is null) _first = deadline;
                else _last.Later = deadline;
                _last = deadline;
            }
        }

        public void Remove(Deadline deadline)
        {
            lock (_lock)
            {
                if (deadline.Part != this) return;
                if (deadline.Earlier is null) _first = deadline.Later;
                else deadline.Earlier.Later = deadline.Later;
                if (deadline.Later is null) _last = deadline.Earlier;
                else deadline.Later.Earlier = deadline.Earlier;
                deadline.Earlier = deadline.Later = null;
                deadline.Part = null;
            }
        }

        public int Collect(List<Deadline> into, long expiringBefore)
        {
            lock (_lock)
            {
                var count = 0;
                for (var deadline = _first; deadline is not null; deadline = deadline.Later, count++)
                {
                    if (deadline.ExpiresAt <= expiringBefore) into.Add(deadline);
                }

                return count;
            }
        }
    }
}
