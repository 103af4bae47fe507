namespace DlqCluster.Hosting;

/// <summary>The queue in numbers: as this silo knows it, or in a cluster, of all silos, a few seconds old.</summary>
public sealed record QueueCounts
{
    /// <summary>Messages that wait to be delivered: ready, retrying or parked.</summary>
    public long Waiting { get; init; }

    /// <summary>Attempts on their way now.</summary>
    public long Active { get; init; }

    /// <summary>Messages that wait for their <c>deliverAt</c> or for a long backoff.</summary>
    public long Delayed { get; init; }

    /// <summary>Of the waiting ones, those held by an open breaker or a pause.</summary>
    public long Parked { get; init; }

    /// <summary>Of the waiting ones, those behind another of their ordering key.</summary>
    public long Behind { get; init; }

    /// <summary>Messages delivered by the silos that run, since each of them started.</summary>
    public long Completed { get; init; }

    /// <summary>Messages dead-lettered by the silos that run, since each of them started.</summary>
    public long Failed { get; init; }

    /// <summary>How long the most overdue message has been overdue, in milliseconds; 0 when none is.</summary>
    public double GreatestLatenessMs { get; init; }
}

/// <summary>Knows how full the queue is.</summary>
public interface IQueueStatus
{
    /// <summary>The queue now. Cheap enough to ask for each request.</summary>
    QueueCounts Current { get; }

    /// <summary>Whether no more may be accepted (<c>Queue:MaxSize</c>).</summary>
    bool IsFull { get; }
}

/// <summary>Whether this silo is shutting down. Once it is, it accepts nothing and starts no attempt.</summary>
public sealed class DrainState : IDisposable
{
    private readonly CancellationTokenSource _draining = new();

    /// <summary>True from the moment that shutdown began.</summary>
    public bool IsDraining => _draining.IsCancellationRequested;

    /// <summary>Cancelled when shutdown begins.</summary>
    public CancellationToken Token => _draining.Token;

    /// <summary>Begins.</summary>
    public void Begin() => _draining.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _draining.Dispose();
}
