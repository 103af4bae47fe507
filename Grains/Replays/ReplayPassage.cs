using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;

namespace DlqCluster.Replays;

/// <summary>Whether replays may go to a downstream now. No clock, no input or output.</summary>
/// <param name="Block">Why not; null when they may.</param>
/// <param name="MostUnderWay">How many may be under way at once; a breaker that is half-open gets no more than its probes.</param>
internal sealed record ReplayPassage(ReplayBlock? Block, int MostUnderWay)
{
    /// <summary>Decides.</summary>
    /// <param name="target">The downstream.</param>
    /// <param name="catalog">The downstreams.</param>
    /// <param name="breaker">Its circuit breaker.</param>
    /// <param name="ignoreWindows">Whether its off-peak windows do not matter.</param>
    /// <param name="now">The time.</param>
    public static ReplayPassage Of(string target, DownstreamCatalog catalog, BreakerView breaker, bool ignoreWindows, DateTimeOffset now)
    {
        if (!catalog.Entries.TryGetValue(target, out var entry)) return Closed(target, ReplayBlockReason.UnknownTarget, null);
        if (catalog.IsPaused(target)) return Closed(target, ReplayBlockReason.Paused, null);
        if (!ignoreWindows && entry.Definition.OffPeak is { } calendar)
        {
            var open = OffPeakHours.NextOpen(calendar, now);
            if (open is null || open > now) return Closed(target, ReplayBlockReason.WindowClosed, open);
        }

        return breaker.State switch
        {
            BreakerState.Open => Closed(target, ReplayBlockReason.BreakerOpen, breaker.NextProbeAt ?? breaker.ModeUntil),
            // Somebody has to be the probe: with no other traffic it would stay half-open for ever.
            BreakerState.HalfOpen => new ReplayPassage(null, breaker.Settings.Probes),
            _ => new ReplayPassage(null, int.MaxValue),
        };
    }

    private static ReplayPassage Closed(string target, ReplayBlockReason reason, DateTimeOffset? until) => new(new ReplayBlock(target, reason, until), 0);
}
