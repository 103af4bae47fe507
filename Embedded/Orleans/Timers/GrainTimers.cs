using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>A timer of an activation. It ends with the activation.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets the timer anew. During a callback the change takes effect when the callback has ended.</summary>
    /// <param name="dueTime">The wait before the next call; <see cref="Timeout.InfiniteTimeSpan"/> stops it.</param>
    /// <param name="period">
    /// The wait between the end of a call and the next; <see cref="Timeout.InfiniteTimeSpan"/> for one call only.
    /// </param>
    void Change(TimeSpan dueTime, TimeSpan period);
}

/// <summary>When a grain timer fires, and how its callback mixes with requests.</summary>
public readonly struct GrainTimerCreationOptions
{
    /// <summary>Leaves everything to be set by name.</summary>
    public GrainTimerCreationOptions()
    {
    }

    /// <summary>Sets the times.</summary>
    /// <param name="dueTime">The wait before the first call.</param>
    /// <param name="period">The wait between the end of a call and the next.</param>
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>The wait before the first call; <see cref="Timeout.InfiniteTimeSpan"/> for none.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>The wait between the end of a call and the next; <see cref="Timeout.InfiniteTimeSpan"/> for one call only.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Whether the callback may run between the turns of a request. By default it waits like a request.</summary>
    public bool Interleave { get; init; }

    /// <summary>Whether a callback counts as use, so that the activation is not collected as idle.</summary>
    public bool KeepAlive { get; init; }
}
