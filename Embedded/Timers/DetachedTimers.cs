namespace DlqCluster.Embedded;

/// <summary>Timers that take nothing along from where they were made.</summary>
internal static class DetachedTimers
{
    /// <summary>Makes a timer that is not set. The async locals of the code that makes it are not those of its callback.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="callback">What to call.</param>
    public static ITimer CreateDetachedTimer(this TimeProvider clock, Action callback)
    {
        // Suppressing twice is an error.
        if (ExecutionContext.IsFlowSuppressed()) return Create(clock, callback);
        using (ExecutionContext.SuppressFlow()) return Create(clock, callback);
    }

    private static ITimer Create(TimeProvider clock, Action callback) =>
        clock.CreateTimer(static state => ((Action)state!)(), callback, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
}
