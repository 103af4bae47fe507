namespace DlqCluster.Replays;

/// <summary>
/// One replay job (its key): it replays a selection of letters at a pace, and knows how each replay ended. Kept alive by one reminder. It
/// stores what it takes in hand before it starts it, so that a crash neither loses nor doubles a replay.
/// </summary>
[Alias("dlq.IReplayJobGrain")]
public interface IReplayJobGrain : IGrainWithStringKey, IRemindable
{
    /// <summary>Makes the job, durably, and lets it begin. Sending it again changes nothing.</summary>
    /// <param name="plan">What it is to do.</param>
    [Alias("Create")]
    Task<ReplayJobView> Create(ReplayJobPlan plan);

    /// <summary>The job now; null when there is none.</summary>
    [Alias("Get"), Orleans.Concurrency.AlwaysInterleave]
    Task<ReplayJobView?> Get();

    /// <summary>Pauses, resumes or cancels it, durably. Giving an order again changes nothing.</summary>
    /// <param name="order">What to do.</param>
    /// <param name="by">Who says so.</param>
    /// <param name="reason">Why.</param>
    [Alias("Obey"), Orleans.Concurrency.AlwaysInterleave]
    Task<ReplayOrderResult> Obey(ReplayJobOrder order, string by, string? reason);

    /// <summary>Takes news of replays that came to their end. Hearing the same again changes nothing; what gets lost the job asks for.</summary>
    /// <param name="letters">The letters.</param>
    [Alias("Ended"), Orleans.Concurrency.AlwaysInterleave]
    Task Ended(IReadOnlyList<JobLetter> letters);

    /// <summary>Sees to it that the job runs, if it has not ended.</summary>
    /// <returns>Whether it has still something to do.</returns>
    [Alias("Wake")]
    Task<bool> Wake();

    /// <summary>Forgets a job that has ended.</summary>
    [Alias("Forget")]
    Task Forget();
}

/// <summary>The ids of a page of replay jobs.</summary>
/// <param name="JobIds">The ids, newest first.</param>
/// <param name="Total">How many jobs are known in all.</param>
[GenerateSerializer, Immutable, Alias("dlq.ReplayJobPage")]
public sealed record ReplayJobPage([property: Id(0)] IReadOnlyList<string> JobIds, [property: Id(1)] long Total);

/// <summary>Knows which replay jobs there are (one grain, key 0), and how many may run at once.</summary>
[Alias("dlq.IReplayIndexGrain")]
public interface IReplayIndexGrain : IGrainWithIntegerKey
{
    /// <summary>Starts a job.</summary>
    /// <param name="plan">What it is to do.</param>
    /// <returns>The job; null when <c>Replays:MaxRunning</c> jobs run already.</returns>
    [Alias("Start")]
    Task<ReplayJobView?> Start(ReplayJobPlan plan);

    /// <summary>A page of the jobs, newest first.</summary>
    /// <param name="page">1 for the first.</param>
    /// <param name="pageSize">Jobs a page, at least 1.</param>
    [Alias("List"), Orleans.Concurrency.AlwaysInterleave]
    Task<ReplayJobPage> List(int page, int pageSize);

    /// <summary>Notes that a job has ended and nothing of it is under way any more.</summary>
    /// <param name="jobId">The job.</param>
    [Alias("Ended"), Orleans.Concurrency.AlwaysInterleave]
    Task Ended(string jobId);

    /// <summary>Wakes the jobs that have not ended. Called when a silo starts, so that they need not wait for their reminders.</summary>
    [Alias("Resume")]
    Task Resume();
}
