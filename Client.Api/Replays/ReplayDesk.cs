using DlqCluster.Api.Json;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Replays;

namespace DlqCluster.Api.Replays;

/// <summary>Makes the plans of replay jobs, and tells what a plan would do. The plan of a dry run is the one that a job would get.</summary>
/// <param name="letters">The letters.</param>
/// <param name="passages">Knows what blocks replays.</param>
/// <param name="time">The clock.</param>
/// <param name="options">Defaults and limits.</param>
internal sealed class ReplayDesk(IDeadLetterStore letters, ReplayPassages passages, TimeProvider time, IOptions<ReplayOptions> options)
{
    private const int SampleSize = 5;

    /// <summary>Defaults and limits.</summary>
    public ReplayOptions Limits => options.Value;

    /// <summary>What a request asks for, with the letters that match at this moment counted.</summary>
    /// <param name="request">The request, already checked.</param>
    /// <param name="by">Who asks.</param>
    /// <returns>The plan; null when its letters belong to more downstreams than a job can have.</returns>
    public async Task<ReplayJobPlan?> PlanAsync(ReplayBatchRequest request, string by)
    {
        var filter = request.Filter!.ToFilter();
        var selectedAt = time.GetUtcNow();
        var tally = await letters.TallyAsync(new LetterSelection(filter, selectedAt), Limits.MaxTargets + 1);
        if (tally.ByTarget.Count > Limits.MaxTargets) return null;
        return new ReplayJobPlan
        {
            Filter = filter,
            SelectedAt = selectedAt,
            BatchSize = request.BatchSize ?? Limits.BatchSize,
            MaxConcurrent = request.MaxConcurrent ?? Limits.MaxConcurrent,
            RatePerSecond = request.RatePerSecond ?? Limits.RatePerSecond,
            Ramp = request.Ramp,
            IgnoreWindows = request.IgnoreWindows,
            By = by,
            Reason = request.Reason,
            ByTarget = tally.ByTarget,
            ByErrorType = tally.ByErrorType,
        };
    }

    /// <summary>What a plan would do.</summary>
    /// <param name="plan">The plan.</param>
    public async Task<ReplayPreviewAnswer> PreviewAsync(ReplayJobPlan plan)
    {
        var matched = plan.ByTarget.Sum(target => target.Count);
        var blocks = await Task.WhenAll(plan.ByTarget.Select(target => passages.BlockAsync(target.Name, plan.IgnoreWindows)));
        return new ReplayPreviewAnswer(
            matched,
            plan.ByTarget,
            plan.ByErrorType,
            await SampleAsync(plan),
            Math.Round(ReplayEstimate.Seconds(matched, plan.RatePerSecond, plan.Ramp, Limits), 1),
            [.. blocks.OfType<ReplayBlock>()]);
    }

    private async Task<ReplaySample[]> SampleAsync(ReplayJobPlan plan)
    {
        var selection = new LetterSelection(plan.Filter, plan.SelectedAt);
        var places = await Task.WhenAll(plan.ByTarget.Take(SampleSize)
            .Select(target => letters.SelectAsync(selection, target.Name, null, SampleSize)));
        var oldest = places.SelectMany(place => place).OrderBy(place => place.CreatedAt).Take(SampleSize);
        var sample = await Task.WhenAll(oldest.Select(place => letters.GetAsync(place.MessageId)));
        return
        [
            .. sample.OfType<Letter>().Select(letter => new ReplaySample(
                letter.MessageId, letter.Metadata.Target, letter.Status, letter.ErrorType, letter.ErrorReason, letter.CreatedAt)),
        ];
    }
}
