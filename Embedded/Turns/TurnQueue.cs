using System.Diagnostics.CodeAnalysis;

namespace DlqCluster.Embedded;

/// <summary>
/// Runs work items one after another, never two at once, on whatever thread the scheduler gives. It is the synchronization context of its
/// own turns, so what they await comes back here.
/// </summary>
internal abstract class TurnQueue : SynchronizationContext, IThreadPoolWorkItem
{
    /// <summary>After so many turns in a row, others that wait for a thread go first.</summary>
    private const int TurnsPerSlice = 64;

    private static readonly WorkItem _busy = new CallbackItem(static _ => { }, null);

    // What came in, newest first. Null: nothing to do, and nobody is scheduled. It ends in null, or is _busy while a thread is at work and
    // nothing has come in since. Whoever turns null into something schedules the queue.
    private WorkItem? _incoming;

    // What is next, oldest first. Only the thread whose turn it is touches it.
    private WorkItem? _next;

    private protected TurnQueue(EmbeddedRuntime runtime) => Runtime = runtime;

    internal EmbeddedRuntime Runtime { get; }

    /// <summary>Whether the calling code is a turn of this queue.</summary>
    internal bool IsCurrent => ReferenceEquals(Current, this);

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state) => Enqueue(new CallbackItem(d, state));

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state)
    {
        // Waiting for a turn would block a thread, and from another activation's turn it could block for ever.
        if (!IsCurrent) throw new NotSupportedException("A grain's turn can only be waited for asynchronously.");
        d(state);
    }

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Lets an item take its turn later.</summary>
    /// <param name="item">The item.</param>
    internal void Enqueue(WorkItem item)
    {
        var seen = Volatile.Read(ref _incoming);
        while (true)
        {
            item.NextInQueue = ReferenceEquals(seen, _busy) ? null : seen;
            var found = Interlocked.CompareExchange(ref _incoming, item, seen);
            if (ReferenceEquals(found, seen)) break;
            seen = found;
        }

        if (seen is null) Runtime.Scheduler.Schedule(this);
    }

    void IThreadPoolWorkItem.Execute()
    {
        var previous = Current;
        var context = ExecutionContext.Capture();
        SetSynchronizationContext(this);
        try
        {
            if (RunSlice(context)) Runtime.Scheduler.Schedule(this);
        }
        finally
        {
            SetSynchronizationContext(previous);
        }
    }

    /// <summary>A turn threw. A grain's mistake must not end the process.</summary>
    /// <param name="exception">What it threw.</param>
    private protected abstract void OnTurnFailed(Exception exception);

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a turn throws, the next one must have its turn.")]
    private bool RunSlice(ExecutionContext? context)
    {
        for (var turns = 0; turns < TurnsPerSlice; turns++)
        {
            // After Kill nothing runs any more; that something was left behind keeps the queue from being scheduled again.
            if (Runtime.IsKilled) return false;
            if (_next is null && !TakeIncoming()) return false;
            var item = _next!;
            _next = item.NextInQueue;
            item.NextInQueue = null;
            try
            {
                item.Run(this);
            }
            catch (Exception exception)
            {
                OnTurnFailed(exception);
            }

            // What a turn put into async locals must not show in the next one.
            if (context is not null && !ReferenceEquals(ExecutionContext.Capture(), context)) ExecutionContext.Restore(context);
        }

        return true;
    }

    private bool TakeIncoming()
    {
        var newest = Interlocked.Exchange(ref _incoming, _busy);
        if (ReferenceEquals(newest, _busy))
        {
            newest = Interlocked.CompareExchange(ref _incoming, null, _busy);
            if (ReferenceEquals(newest, _busy)) return false;
            newest = Interlocked.Exchange(ref _incoming, _busy);
        }

        while (newest is not null)
        {
            var older = newest.NextInQueue;
            newest.NextInQueue = _next;
            _next = newest;
            newest = older;
        }

        return true;
    }
}
