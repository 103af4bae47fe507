namespace DlqCluster.Embedded;

/// <summary>
/// Decides when, and on which thread, turns run. Together with <see cref="TimeProvider"/> it is all that drives the runtime: whoever
/// supplies
/// both decides everything that happens, and in which order.
/// </summary>
public interface ITurnScheduler
{
    /// <summary>Runs an item later, never before this method has returned.</summary>
    /// <param name="item">The item.</param>
    void Schedule(IThreadPoolWorkItem item);
}

/// <summary>Runs turns on the thread pool.</summary>
internal sealed class ThreadPoolTurnScheduler : ITurnScheduler
{
    // The shared queue is first in, first out: a busy activation goes behind the others when its slice is used up.
    public void Schedule(IThreadPoolWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
}
