using DlqCluster.Simulation.Workload;

namespace DlqCluster.Simulation.Running;

/// <summary>Runs many seeds, each world on one thread and isolated from the others, on several threads.</summary>
/// <param name="first">The first seed.</param>
/// <param name="count">How many.</param>
/// <param name="threads">On how many threads.</param>
/// <param name="mostFailing">After how many failing ones it ends.</param>
internal sealed class LongRun(ulong first, ulong count, int threads, int mostFailing = 1)
{
    private readonly Lock _lock = new();
    private readonly List<Outcome> _failing = [];
    private ulong _taken;

    /// <summary>How many seeds are done.</summary>
    public ulong Done { get; private set; }

    /// <summary>How many attempts downstreams have seen.</summary>
    public long Sends { get; private set; }

    /// <summary>Runs them all, or until so many have failed.</summary>
    /// <param name="progress">Is told after each seed.</param>
    /// <returns>The failing ones, the smallest seed first.</returns>
    public IReadOnlyList<Outcome> Run(Action<LongRun, Outcome>? progress = null)
    {
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(() => Work(progress))).ToArray();
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        return _failing.OrderBy(static outcome => outcome.Plan.Seed).ToArray();
    }

    private void Work(Action<LongRun, Outcome>? progress)
    {
        while (Take() is { } seed)
        {
            var outcome = Running.Run.Of(Plan.Draw(seed));
            lock (_lock)
            {
                Done++;
                Sends += outcome.Sends;
                if (outcome.Failure is not null) _failing.Add(outcome);
                progress?.Invoke(this, outcome);
            }
        }
    }

    private ulong? Take()
    {
        lock (_lock) return _failing.Count >= mostFailing || _taken >= count ? null : first + _taken++;
    }
}
