using System.Collections.Concurrent;
using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>The activations of a runtime, and the only place that makes them: a grain never has two at a time.</summary>
/// <param name="runtime">The runtime.</param>
internal sealed class Catalog(EmbeddedRuntime runtime)
{
    private readonly ConcurrentDictionary<GrainId, IRequestTarget> _targets = new();
    private long _number;

    /// <summary>Hands a request to its grain's activation, which is made if there is none.</summary>
    /// <param name="request">The request.</param>
    public void Deliver(Request request)
    {
        while (true)
        {
            if (!_targets.TryGetValue(request.Target, out var target)) target = Create(request.Target);
            if (target.TryTake(request)) return;
        }
    }

    /// <summary>Makes an activation.</summary>
    /// <param name="grainClass">The class.</param>
    /// <param name="grainId">The grain.</param>
    public Activation CreateActivation(GrainClass grainClass, GrainId grainId) =>
        new(runtime, grainClass, grainId, Interlocked.Increment(ref _number));

    /// <summary>Whether a grain is active, so that calling it makes nothing new.</summary>
    /// <param name="grainId">The grain.</param>
    public bool Contains(GrainId grainId) => _targets.ContainsKey(grainId);

    /// <summary>Forgets an activation that has ended.</summary>
    /// <param name="activation">The activation.</param>
    public void Remove(Activation activation)
    {
        if (!_targets.TryGetValue(activation.GrainId, out var target)) return;
        if (target is not WorkerPool pool) _targets.TryRemove(new KeyValuePair<GrainId, IRequestTarget>(activation.GrainId, activation));
        else if (pool.Remove(activation)) _targets.TryRemove(new KeyValuePair<GrainId, IRequestTarget>(activation.GrainId, pool));
    }

    /// <summary>All activations, in the order in which they were made.</summary>
    public List<Activation> Snapshot()
    {
        var all = new List<Activation>(_targets.Count);
        foreach (var (_, target) in _targets)
        {
            if (target is WorkerPool pool) pool.AddTo(all);
            else all.Add((Activation)target);
        }

        all.Sort(static (one, other) => one.Number.CompareTo(other.Number));
        return all;
    }

    private IRequestTarget Create(GrainId grainId)
    {
        var grainClass = runtime.Grains.FindClass(grainId.Type)
            ?? throw new ArgumentException($"There is no grain class for {grainId}.", nameof(grainId));
        return _targets.GetOrAdd(
            grainId,
            static (id, made) => made.Class.MaxWorkers > 1
                ? new WorkerPool(made.Catalog, made.Class, id)
                : made.Catalog.CreateActivation(made.Class, id),
            (Catalog: this, Class: grainClass));
    }
}
