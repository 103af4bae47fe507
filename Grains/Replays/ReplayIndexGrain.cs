using DlqCluster.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DlqCluster.Replays;

/// <summary>
/// The list of replay jobs, bounded. A job is listed before it is made, so that none can run unlisted; one that was listed but never made
/// is struck off when somebody looks.
/// </summary>
[GrainType("replays")]
internal sealed partial class ReplayIndexGrain(
    [PersistentState("replays", DlqGrains.ReplayStorage)] IPersistentState<ReplayIndexRecord> stored,
    MessageIds ids,
    IOptions<ReplayOptions> options,
    ILogger<ReplayIndexGrain> logger) : Grain, IReplayIndexGrain, IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);

    public async Task<ReplayJobView?> Start(ReplayJobPlan plan)
    {
        if (Running().Count >= options.Value.MaxRunning) await StrikeOffAsync();
        if (Running().Count >= options.Value.MaxRunning) return null;
        await MakeRoomAsync();
        var id = ids.New().Value;
        await ChangeAsync(jobs => [new ReplayIndexEntry(id, MayRun: true), .. jobs]);
        return await Job(id).Create(plan);
    }

    public Task<ReplayJobPage> List(int page, int pageSize)
    {
        var jobs = stored.State.Jobs;
        var skipped = (int)Math.Min((page - 1L) * pageSize, int.MaxValue);
        return Task.FromResult(new ReplayJobPage([.. jobs.Skip(skipped).Take(pageSize).Select(job => job.JobId)], jobs.Count));
    }

    public Task Ended(string jobId) => ChangeAsync(jobs => [.. jobs.Select(job => job.JobId == jobId ? job with { MayRun = false } : job)]);

    public async Task Resume()
    {
        foreach (var id in Running())
        {
            try
            {
                await Job(id).Wake();
            }
            catch (Exception exception)
            {
                // Its reminder will.
                LogNotWoken(exception, id);
            }
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private IReplayJobGrain Job(string id) => GrainFactory.GetGrain<IReplayJobGrain>(id);

    private List<string> Running() => [.. stored.State.Jobs.Where(job => job.MayRun).Select(job => job.JobId)];

    /// <summary>Looks which jobs run no more, or never came to be.</summary>
    private async Task StrikeOffAsync()
    {
        foreach (var id in Running())
            if (!await Job(id).Wake()) await Ended(id);
    }

    /// <summary>Forgets the oldest jobs that have ended, as many as it takes.</summary>
    private async Task MakeRoomAsync()
    {
        while (stored.State.Jobs.Count >= options.Value.MaxJobsKept && stored.State.Jobs.LastOrDefault(job => !job.MayRun) is { } oldest)
        {
            await Job(oldest.JobId).Forget();
            await ChangeAsync(jobs => [.. jobs.Where(job => job != oldest)]);
        }
    }

    private async Task ChangeAsync(Func<IReadOnlyList<ReplayIndexEntry>, IReadOnlyList<ReplayIndexEntry>> change)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            var jobs = change(stored.State.Jobs);
            if (jobs.SequenceEqual(stored.State.Jobs)) return;
            stored.State = stored.State with { Jobs = jobs };
            await stored.WriteStateAsync();
        }
        catch
        {
            // Whether it was stored is not known: the next call begins from what is.
            DeactivateOnIdle();
            throw;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    [LoggerMessage(4106, LogLevel.Warning, "Replay job {Job} did not wake; its reminder will wake it")]
    private partial void LogNotWoken(Exception exception, string job);
}
