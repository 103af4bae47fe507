namespace DlqCluster.Embedded;

/// <summary>What the activations of a grain class have done since the runtime was made.</summary>
internal sealed class GrainClassCounters
{
    private long _activations;
    private long _calls;
    private long _failures;
    private long _ticks;

    public void OnActivated() => Interlocked.Increment(ref _activations);

    public void OnCall(bool failed, long ticks)
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Add(ref _ticks, ticks);
        if (failed) Interlocked.Increment(ref _failures);
    }

    /// <summary>The numbers as they are now.</summary>
    /// <param name="grainClass">Their class.</param>
    /// <param name="active">How many activations there are.</param>
    /// <param name="frequency">Ticks a second.</param>
    public GrainClassStatistics Snapshot(GrainClass grainClass, int active, long frequency) => new(
        grainClass.GrainType.ToString(),
        grainClass.Name,
        active,
        Interlocked.Read(ref _activations),
        Interlocked.Read(ref _calls),
        Interlocked.Read(ref _failures),
        TimeSpan.FromSeconds((double)Interlocked.Read(ref _ticks) / frequency));
}

/// <summary>What the activations of a grain class are doing and have done.</summary>
/// <param name="GrainType">The name in the identities of its grains.</param>
/// <param name="ClassName">The class.</param>
/// <param name="Active">Activations now.</param>
/// <param name="Activated">Activations since the start.</param>
/// <param name="Calls">Calls that have ended.</param>
/// <param name="Failures">Those of them that failed.</param>
/// <param name="TotalTime">Time from sending to end, of all calls together.</param>
public sealed record GrainClassStatistics(
    string GrainType,
    string ClassName,
    int Active,
    long Activated,
    long Calls,
    long Failures,
    TimeSpan TotalTime);
