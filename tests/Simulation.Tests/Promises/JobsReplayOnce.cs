using DlqCluster.DeadLetters;
using DlqCluster.Simulation.Workload;

namespace DlqCluster.Simulation.Promises;

/// <summary>
/// Promise 8, of replay jobs: a job replays each letter once, none that came or came back after its selection, and none that it was not asked
/// for; it comes to its end, and what it reports is how its replays ended.
/// </summary>
internal sealed class JobsReplayOnce(World world) : Promise(world)
{
    private readonly HashSet<(string Job, MessageFile File)> _replayed = [];

    public override void OnLetter(MessageFile file, Letter? before, Letter after)
    {
        if (before is null || after.Generation != before.Generation + 1 || after.ReplayAttempts is not [.., { JobId: { } job } attempt]) return;
        if (!_replayed.Add((job, file))) Broken($"the letter of {file} is replayed twice by job {job}");
        if (attempt.By is null || !World.Evidence.Plans.TryGetValue(attempt.By, out var plan))
        {
            Broken($"the letter of {file} is replayed by job {job} of {attempt.By}, who started none");
            return;
        }

        if (before.CreatedAt > plan.SelectedAt || before.LastFailedAt > plan.SelectedAt)
            Broken($"the letter of {file}, which failed at {before.LastFailedAt:O}, is replayed by job {job}, whose selection is of {plan.SelectedAt:O}");
        if (plan.Filter.Target is { } target && target != before.Metadata.Target) Broken($"the letter of {file} to {before.Metadata.Target} is replayed by job {job} for {target}");
    }

    public override void AtEnd()
    {
        // Where two silos hold a letter's message, a replay may have been called lost that delivers in the end.
        if (World.Plan.Acts.Any(static act => act is Misplace or MisplacePartition or CutOff)) return;
        foreach (var (id, job) in World.Evidence.Jobs)
        {
            var ended = World.Evidence.Files.Select(file => file.Letter?.ReplayAttempts.FirstOrDefault(attempt => attempt.JobId == id)?.Delivered).ToArray();
            var delivered = ended.Count(static delivered => delivered is true);
            var failed = ended.Count(static delivered => delivered is false);
            var reported = (Delivered: job.Lanes.Sum(static lane => lane.Delivered), Failed: job.Lanes.Sum(static lane => lane.Failed));
            if (reported != (delivered, failed)) Broken($"job {id} ({job.State}) reports {reported}; {delivered} were delivered and {failed} failed");
        }
    }
}
