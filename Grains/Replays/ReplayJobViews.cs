namespace DlqCluster.Replays;

/// <summary>Shows replay jobs to operators. No clock, no input or output.</summary>
internal static class ReplayJobViews
{
    /// <summary>A job as it is.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="record">What it knows durably.</param>
    /// <param name="hand">What it has in hand.</param>
    /// <param name="blocks">What blocks its lanes.</param>
    public static ReplayJobView Of(string id, ReplayJobRecord record, ReplayHand hand, IReadOnlyDictionary<int, ReplayBlock> blocks)
    {
        var targets = record.Lanes.Select(Show).ToArray();
        var (matched, delivered, failed, skipped) = (
            targets.Sum(target => target.Matched), targets.Sum(target => target.Delivered), targets.Sum(target => target.Failed), targets.Sum(target => target.Skipped));
        var remaining = Math.Max(0, matched - delivered - failed - skipped - hand.UnderWay);
        var isRunning = record.State == ReplayJobState.Running;
        var open = Enumerable.Range(0, record.Lanes.Count).Where(lane => !record.Lanes[lane].Exhausted || hand.ReadyOf(lane) > 0).ToArray();
        var isWaiting = isRunning && open.Length > 0 && Array.TrueForAll(open, blocks.ContainsKey);
        return new ReplayJobView
        {
            JobId = id,
            State = isWaiting ? ReplayJobState.Waiting : record.State,
            StateReason = record.StateReason,
            StateBy = record.StateBy,
            Matched = matched,
            UnderWay = hand.UnderWay,
            Delivered = delivered,
            Failed = failed,
            Skipped = skipped,
            Remaining = remaining,
            RatePerSecond = ReplayJob.Rate(record),
            EstimatedSeconds = ReplayJob.HasEnded(record) ? null : Math.Round(remaining / record.Plan.RatePerSecond, 1),
            BlockedBy = isRunning ? [.. open.Where(blocks.ContainsKey).Select(lane => blocks[lane])] : [],
            ByTarget = targets,
            CreatedAt = record.CreatedAt,
            StateAt = record.StateAt,
            EndedAt = record.EndedAt,
            Plan = record.Plan,
        };
    }

    private static ReplayTargetView Show(ReplayLane lane)
    {
        // A letter that was on its way into the queue at the selection may have been found later; what came back after it does not count.
        var matched = Math.Max(lane.Matched, lane.Delivered + lane.Failed);
        return new ReplayTargetView
        {
            Target = lane.Target,
            Matched = matched,
            Delivered = lane.Delivered,
            Failed = lane.Failed,
            Skipped = Math.Min(lane.Skipped, matched - lane.Delivered - lane.Failed),
        };
    }
}
