using DlqCluster.Api.Apis;
using DlqCluster.Api.Json;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Health;

/// <summary>Puts together what <c>/api/system/health</c> says.</summary>
/// <param name="grains">The breakers.</param>
/// <param name="letters">The dead letters.</param>
/// <param name="directory">The downstreams.</param>
/// <param name="queue">The queue.</param>
/// <param name="held">What waits for its turn.</param>
/// <param name="process">The process and its stores.</param>
/// <param name="options">The queue's limit.</param>
internal sealed class SystemHealth(
    IGrainFactory grains,
    IDeadLetterStore letters,
    IDownstreamDirectory directory,
    IQueueStatus queue,
    HeldLanes held,
    ProcessHealth process,
    IOptions<QueueOptions> options)
{
    /// <summary>Reads it all.</summary>
    /// <param name="maxBreakers">The most breakers to ask.</param>
    public async Task<SystemHealthAnswer> ReadAsync(int maxBreakers)
    {
        var catalog = directory.Current;
        var breakers = BreakersApi.ViewAsync(grains, catalog.Entries.Keys.Order(StringComparer.Ordinal).Take(maxBreakers));
        var stats = letters.StatsAsync();
        var status = await process.StatusAsync();
        var counts = queue.Current;
        return new SystemHealthAnswer(
            status,
            new QueueAnswer(counts.Waiting, counts.Active, counts.Completed, counts.Failed, counts.Delayed, counts.Parked,
                counts.GreatestLatenessMs, options.Value.MaxSize),
            await held.CountAsync(counts.Behind),
            catalog.AllPaused,
            catalog.Entries.Count,
            [.. (await breakers).Select(view => new BreakerSummary(view.Name, view.State, view.Mode, view.FailureRatio))],
            await stats,
            process.Measure());
    }
}
