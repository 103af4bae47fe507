using DlqCluster.Downstreams;
using DlqCluster.Hosting;

namespace DlqCluster.DeadLetters;

/// <summary>What a dead-letter partition knows of the rest of the silo.</summary>
/// <param name="Drain">Whether it is shutting down.</param>
/// <param name="Downstreams">The downstreams.</param>
internal sealed record DlqContext(DrainState Drain, IDownstreamDirectory Downstreams)
{
    /// <summary>The off-peak windows of a downstream; null when it has none of its own.</summary>
    /// <param name="target">The downstream.</param>
    public async ValueTask<OffPeakCalendar?> CalendarOfAsync(string target) => (await Downstreams.FirstAsync()).Entries.GetValueOrDefault(target)?.Definition.OffPeak;
}
