namespace DlqCluster.Grains.Tests.Engine.Silos;

/// <summary>
/// Whether this process has nothing to do. All of Orleans, and all of the grains, run on the thread pool: when nothing is queued there and
/// nobody works there, nothing happens any more until a timer fires, or until somebody is told something from outside.
/// </summary>
internal sealed class AtRest
{
    private const int Samples = 5;
    private const int Spins = 200;

    private static readonly TimeSpan _stuckAfter = TimeSpan.FromSeconds(2);

    // Threads of the pool that are held by whoever runs the tests, and come to no rest.
    private int _held;

    public AtRest()
    {
        // What ran before has ended; whoever still works now for some moments in a row is held.
        var same = 0;
        for (_held = Busy(); same < Samples; same++)
        {
            Thread.Sleep(1);
            var busy = Busy();
            if (busy == _held && ThreadPool.PendingWorkItemCount == 0) continue;
            (_held, same) = (busy, 0);
        }
    }

    /// <summary>Waits until there is nothing to do.</summary>
    public void Wait()
    {
        var (done, since) = (0L, 0L);
        for (var spins = 0; !Look(); spins++)
        {
            if (spins < Spins)
            {
                Thread.Yield();
                continue;
            }

            Thread.Sleep(1);
            // A thread that is held since, by the runner again: for a long time nothing is done, and nothing waits to be.
            if (ThreadPool.PendingWorkItemCount > 0 || done != ThreadPool.CompletedWorkItemCount || since == 0)
                (done, since) = (ThreadPool.CompletedWorkItemCount, TimeProvider.System.GetTimestamp());
            else if (TimeProvider.System.GetElapsedTime(since) > _stuckAfter)
                _held = Busy();
        }
    }

    private static int Busy()
    {
        ThreadPool.GetMaxThreads(out var all, out _);
        ThreadPool.GetAvailableThreads(out var available, out _);
        return all - available;
    }

    // In this order: what is taken from the queue is worked at before it is gone from there.
    private bool Look()
    {
        var done = ThreadPool.CompletedWorkItemCount;
        if (ThreadPool.PendingWorkItemCount > 0) return false;
        var busy = Busy();
        if (busy > _held || ThreadPool.PendingWorkItemCount > 0 || done != ThreadPool.CompletedWorkItemCount) return false;
        _held = busy;
        return true;
    }
}
