namespace DlqCluster.Breakers;

/// <summary>The sums of a breaker's sliding window.</summary>
/// <param name="Successes">Attempts that succeeded.</param>
/// <param name="Failures">Attempts that failed.</param>
/// <param name="Slow">Of both, those that were slow.</param>
internal readonly record struct BreakerCounts(long Successes, long Failures, long Slow)
{
    public long Total => Successes + Failures;

    public double FailureRatio => Total == 0 ? 0 : (double)Failures / Total;

    public double SlowRatio => Total == 0 ? 0 : (double)Slow / Total;
}

/// <summary>
/// Counts outcomes in buckets of one second; the bucket at the window's far edge counts whole. The length of the window is applied when it is read, so that a change of configuration keeps
/// what was counted.
/// </summary>
internal static class BreakerWindow
{
    public static BreakerCounts Sum(IReadOnlyList<BreakerBucket> window, int windowMs, DateTimeOffset now)
    {
        var oldest = Oldest(windowMs, now);
        long successes = 0, failures = 0, slow = 0;
        foreach (var bucket in window)
        {
            if (bucket.Second < oldest) continue;
            successes += bucket.Successes;
            failures += bucket.Failures;
            slow += bucket.Slow;
        }

        return new(successes, failures, slow);
    }

    public static IReadOnlyList<BreakerBucket> Add(
        IReadOnlyList<BreakerBucket> window, int windowMs, DateTimeOffset now, int successes, int failures, int slow)
    {
        var second = now.ToUnixTimeSeconds();
        var oldest = Oldest(windowMs, now);
        var next = new List<BreakerBucket>(window.Count + 1);
        foreach (var bucket in window)
            if (bucket.Second >= oldest) next.Add(bucket);

        var at = next.FindIndex(bucket => bucket.Second == second);
        var merged = at < 0 ? new BreakerBucket(second, 0, 0, 0) : next[at];
        merged = new(second, merged.Successes + successes, merged.Failures + failures, merged.Slow + slow);
        if (at < 0) next.Add(merged);
        else next[at] = merged;
        return next.ToArray();
    }

    /// <summary>Moves what was counted back, as the clock was.</summary>
    public static IReadOnlyList<BreakerBucket> SetBack(IReadOnlyList<BreakerBucket> window, TimeSpan by) =>
        window.Select(bucket => bucket with { Second = bucket.Second - (long)by.TotalSeconds }).ToArray();

    private static long Oldest(int windowMs, DateTimeOffset now) => now.AddMilliseconds(-windowMs).ToUnixTimeSeconds();
}
