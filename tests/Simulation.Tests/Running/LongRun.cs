using DlqCluster.Simulation.Workload;

namespace DlqCluster.Simulation.Running;

/// <summary>Runs many seeds, each world on one thread and isolated from the others, on several threads.</summary>
/// <param name="first">The first seed.</param>
/// <param name="count">How many.</param>
/// <param name="threads">On how many threads.</param>
internal sealed class LongRun(ulong first, ulong count, int threads)
{
    private readonly Lock _lock = new();
    private ulong _taken;
    private Outcome? _failing;

    /// <summary>How many seeds are done.</summary>
    public ulong Done { get; private set; }

    /// <summary>How many attempts downstreams have seen.</summary>
    public long Sends { get; private set; }

    /// <summary>Runs them all, or until one fails.</summary>
    /// <param name="progress">Is told after each seed.</param>
    /// <returns>The failing one with the smallest seed among those that ran; null when none failed.</returns>
    public Outcome? Run(Action<LongRun>? progress = null)
    {
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(() => Work(progress))).ToArray();
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        return _failing;
    }

    private void Work(Action<LongRun>? progress)
    {
        while (Take() is { } seed)
        {
            var outcome = Running.Run.Of(Plan.Draw(seed));
            lock (_lock)
            {
                Done++;
                Sends += outcome.Sends;
                if (outcome.Failure is not null && (_failing is null || seed < _failing.Plan.Seed)) _failing = outcome;
                progress?.Invoke(this);
            }
        }
    }

    private ulong? Take()
    {
        lock (_lock) return _failing is not null || _taken >= count ? null : first + _taken++;
    }
}
