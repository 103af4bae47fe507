using DlqCluster.Simulation.Bugs;

namespace DlqCluster.Simulation.Running;

/// <summary>Makes a failing plan small: leaves out acts, many at once and then fewer, for as long as the same promise is broken.</summary>
internal static class Shrinker
{
    /// <summary>Shrinks.</summary>
    /// <param name="failing">A run in which a promise was broken.</param>
    /// <param name="bug">The bug that was switched on.</param>
    /// <param name="mostRuns">When to be content with what there is.</param>
    public static Outcome Shrink(Outcome failing, Bug bug, int mostRuns = 400)
    {
        var best = failing;
        var runs = 0;
        for (var size = Math.Max(1, best.Plan.Acts.Count / 2); size >= 1 && runs < mostRuns;)
        {
            var isSmaller = false;
            for (var start = 0; start < best.Plan.Acts.Count && runs < mostRuns; runs++)
            {
                if (Try(best, bug, start, size) is { } smaller) (best, isSmaller) = (smaller, true);
                else start += size;
            }

            if (size == 1 && !isSmaller) break;
            if (!isSmaller || size > best.Plan.Acts.Count) size = Math.Max(1, size / 2);
        }

        return best;
    }

    private static Outcome? Try(Outcome best, Bug bug, int start, int size)
    {
        var kept = best.Plan.Acts.Where((_, index) => index < start || index >= start + size).Select(act => act.Number).ToHashSet();
        var outcome = Run.Of(best.Plan.With(kept), bug);
        return outcome.Failure is not null && PromiseOf(outcome) == PromiseOf(best) ? outcome : null;
    }

    private static string PromiseOf(Outcome outcome) => outcome.Failure!.Split(':')[0];
}
