using Orleans;
using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>A reminder that this runtime sends.</summary>
internal sealed class LocalReminder : IDisposable
{
    // Timers cannot wait for longer than 49 days; and a clock that was set is noticed.
    private static readonly TimeSpan _longestWait = TimeSpan.FromHours(1);

    private readonly ITimer _timer;
    private readonly TimeProvider _clock;

    /// <summary>Makes one.</summary>
    /// <param name="entry">The reminder.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="wake">Is called when it is worth looking whether it is due.</param>
    public LocalReminder(ReminderEntry entry, TimeProvider clock, Action<LocalReminder> wake)
    {
        Entry = entry;
        _clock = clock;
        _timer = clock.CreateDetachedTimer(() => wake(this));
    }

    /// <summary>The reminder as it is stored.</summary>
    public ReminderEntry Entry { get; }

    /// <summary>When it is due next, in UTC.</summary>
    public DateTime Due { get; private set; }

    /// <summary>When it was put here, counted in changes.</summary>
    public long Sequence { get; set; }

    /// <summary>Whether it was replaced or removed.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Waits until a time.</summary>
    /// <param name="due">The time, in UTC.</param>
    public void WaitUntil(DateTime due)
    {
        if (IsDisposed) return;
        Due = due;
        var wait = due - _clock.GetUtcNow().UtcDateTime;
        if (wait < TimeSpan.Zero) wait = TimeSpan.Zero;
        _timer.Change(wait < _longestWait ? wait : _longestWait, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        IsDisposed = true;
        _timer.Dispose();
    }
}

/// <summary>A reminder in the hands of its grain.</summary>
/// <param name="GrainId">The grain.</param>
/// <param name="ReminderName">The name.</param>
/// <param name="ETag">Its version when it was got.</param>
internal sealed record ReminderHandle(GrainId GrainId, string ReminderName, string ETag) : IGrainReminder;
