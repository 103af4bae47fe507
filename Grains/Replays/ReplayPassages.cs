using DlqCluster.Breakers;
using DlqCluster.Hosting;

namespace DlqCluster.Replays;

/// <summary>Asks whether replays may go to a downstream now. Answers are a little old: a breaker is asked a few times a second, not for each letter.</summary>
/// <param name="grains">The grains.</param>
/// <param name="downstreams">The downstreams.</param>
/// <param name="time">The clock.</param>
public sealed class ReplayPassages(IGrainFactory grains, IDownstreamDirectory downstreams, TimeProvider time)
{
    // As old as a breaker's lease may get.
    private static readonly TimeSpan _fresh = TimeSpan.FromMilliseconds(250);

    private const int MaxKept = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long AskedAt, BreakerView Breaker)> _breakers = new(StringComparer.Ordinal);

    /// <summary>What keeps replays from a downstream now; null when nothing does.</summary>
    /// <param name="target">The downstream.</param>
    /// <param name="ignoreWindows">Whether its off-peak windows do not matter.</param>
    public async Task<ReplayBlock?> BlockAsync(string target, bool ignoreWindows) => (await LookAsync(target, ignoreWindows)).Block;

    internal async Task<ReplayPassage> LookAsync(string target, bool ignoreWindows)
    {
        var catalog = await downstreams.FirstAsync();
        // A breaker is made by asking for it: not for a name that belongs to nobody.
        var breaker = catalog.Entries.ContainsKey(target) ? await BreakerAsync(target) : new BreakerView();
        return ReplayPassage.Of(target, catalog, breaker, ignoreWindows, time.GetUtcNow());
    }

    private async Task<BreakerView> BreakerAsync(string target)
    {
        lock (_lock)
        {
            if (_breakers.TryGetValue(target, out var known) && time.GetElapsedTime(known.AskedAt) < _fresh) return known.Breaker;
        }

        var askedAt = time.GetTimestamp();
        var breaker = await grains.GetGrain<ICircuitBreakerGrain>(target).Get();
        lock (_lock)
        {
            if (_breakers.Count >= MaxKept) _breakers.Clear();
            _breakers[target] = (askedAt, breaker);
        }

        return breaker;
    }
}
