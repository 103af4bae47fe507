namespace DlqCluster.Embedded;

/// <content>Its timers. It holds them: a timer that nothing holds would be collected and never fire.</content>
internal sealed partial class Activation
{
    private List<GrainTimer>? _timers;

    /// <summary>Holds a timer.</summary>
    /// <param name="timer">The timer.</param>
    public void Add(GrainTimer timer)
    {
        if (State is ActivationState.Closed) throw new InvalidOperationException($"{GrainId} has been deactivated; it can have no timer.");
        (_timers ??= []).Add(timer);
    }

    /// <summary>Lets go of a timer.</summary>
    /// <param name="timer">The timer.</param>
    public void Remove(GrainTimer timer)
    {
        if (IsCurrent) _timers?.Remove(timer);
        else Enqueue(new ActionItem(activation => activation._timers?.Remove(timer)));
    }

    private void DisposeTimers()
    {
        if (_timers is not { Count: > 0 } timers) return;
        _timers = null;
        foreach (var timer in timers) timer.Dispose();
    }
}
