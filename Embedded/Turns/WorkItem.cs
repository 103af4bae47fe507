namespace DlqCluster.Embedded;

/// <summary>Something that takes one turn. It is the link of the queue that it waits in, so it can wait in one queue only.</summary>
public abstract class WorkItem
{
    private protected WorkItem()
    {
    }

    internal WorkItem? NextInQueue { get; set; }

    /// <summary>Takes its turn.</summary>
    /// <param name="queue">The queue whose turn it is.</param>
    internal abstract void Run(TurnQueue queue);
}

/// <summary>A work item that is a delegate; the rest of an async method, for example.</summary>
/// <param name="callback">The delegate.</param>
/// <param name="state">Its argument.</param>
internal sealed class CallbackItem(SendOrPostCallback callback, object? state) : WorkItem
{
    internal override void Run(TurnQueue queue) => callback(state);
}
