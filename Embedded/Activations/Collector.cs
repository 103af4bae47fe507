namespace DlqCluster.Embedded;

/// <summary>
/// Ends activations that have been idle for long enough. It looks at an activation when it could be idle at the earliest, not at all of
/// them
/// every time, so that many activations cost little.
/// </summary>
internal sealed class Collector : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly TimeSpan _quantum;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, IdleBucket> _buckets = [];
    private readonly ITimer _timer;

    /// <summary>Makes one.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="quantum">How often to look.</param>
    /// <param name="turns">Where to look.</param>
    public Collector(TimeProvider clock, TimeSpan quantum, TurnQueue turns)
    {
        _clock = clock;
        _quantum = quantum;
        _timer = clock.CreateDetachedTimer(() => turns.Post(static state => ((Collector)state!).Collect(), this));
    }

    /// <summary>Begins to look.</summary>
    public void Start() => _timer.Change(_quantum, _quantum);

    /// <summary>Looks at an activation again when it could be idle.</summary>
    /// <param name="activation">The activation.</param>
    /// <param name="idleAt">When that is.</param>
    public void Watch(Activation activation, DateTimeOffset idleAt)
    {
        var bucket = (idleAt.UtcTicks / _quantum.Ticks) + 1;
        lock (_lock)
        {
            activation.IdleLink.Bucket?.Remove(activation.IdleLink);
            if (!_buckets.TryGetValue(bucket, out var idle)) _buckets.Add(bucket, idle = new IdleBucket());
            idle.Add(activation);
        }
    }

    /// <summary>Never looks at an activation again.</summary>
    /// <param name="activation">The activation.</param>
    public void Forget(Activation activation)
    {
        lock (_lock)
        {
            activation.IdleLink.Bucket?.Remove(activation.IdleLink);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Collect()
    {
        foreach (var activation in TakeDue(_clock.GetUtcNow().UtcTicks / _quantum.Ticks)) activation.DeactivateIfIdle();
    }

    private List<Activation> TakeDue(long now)
    {
        var due = new List<Activation>();
        lock (_lock)
        {
            while (_buckets.Count > 0)
            {
                var (bucket, idle) = _buckets.First();
                if (bucket > now) break;
                _buckets.Remove(bucket);
                due.AddRange(idle.Drain());
            }
        }

        return due;
    }
}
