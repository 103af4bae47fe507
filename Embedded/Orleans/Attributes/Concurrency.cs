using Orleans.Placement;

namespace Orleans.Concurrency;

/// <summary>All requests of the grain class interleave: while one awaits, another may run.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;

/// <summary>The method never waits for the requests that run, and none waits for it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;

/// <summary>The method changes nothing, so it interleaves with other methods that change nothing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute;

/// <summary>The caller does not wait for the method and never hears of its failure.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OneWayAttribute : Attribute;

/// <summary>The grain has no state of its own, so it may have several activations at once.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StatelessWorkerAttribute : PlacementAttribute
{
    /// <summary>Allows as many activations as there are processors.</summary>
    public StatelessWorkerAttribute()
        : this(0)
    {
    }

    /// <summary>Allows a number of activations.</summary>
    /// <param name="maxLocalWorkers">The number; zero or less stands for the number of processors.</param>
    public StatelessWorkerAttribute(int maxLocalWorkers) => MaxLocalWorkers = maxLocalWorkers;

    internal int MaxLocalWorkers { get; }
}
