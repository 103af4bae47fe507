using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>The activations of a grain that may have several. A request goes to the one with the least to do.</summary>
/// <param name="catalog">Makes them.</param>
/// <param name="grainClass">Their class.</param>
/// <param name="grainId">The grain.</param>
internal sealed class WorkerPool(Catalog catalog, GrainClass grainClass, GrainId grainId) : IRequestTarget
{
    private readonly Lock _lock = new();
    private readonly List<Activation> _workers = new(grainClass.MaxWorkers);
    private bool _isClosed;

    public bool TryTake(Request request)
    {
        lock (_lock)
        {
            return !_isClosed && Pick().TryTake(request);
        }
    }

    /// <summary>Forgets a worker that has ended.</summary>
    /// <param name="worker">The worker.</param>
    /// <returns>True when it was the last one; the pool then takes nothing any more.</returns>
    public bool Remove(Activation worker)
    {
        lock (_lock)
        {
            _workers.Remove(worker);
            _isClosed |= _workers.Count == 0;
            return _isClosed;
        }
    }

    /// <summary>Adds the workers to a list.</summary>
    /// <param name="all">The list.</param>
    public void AddTo(List<Activation> all)
    {
        lock (_lock)
        {
            all.AddRange(_workers);
        }
    }

    private Activation Pick()
    {
        Activation? best = null;
        foreach (var worker in _workers)
        {
            var load = worker.Load;
            if (load == 0) return worker;
            if (best is null || load < best.Load) best = worker;
        }

        if (_workers.Count == grainClass.MaxWorkers) return best!;
        var added = catalog.CreateActivation(grainClass, grainId);
        _workers.Add(added);
        return added;
    }
}
