using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Messages;

namespace DlqCluster.Replays;

/// <summary>
/// A replay job's life as a table: each function takes the record, what happened and the time, and returns the next record. No clock, no
/// input or output.
/// </summary>
internal static class ReplayJob
{
    /// <summary>A new job.</summary>
    public static ReplayJobRecord Create(ReplayJobPlan plan, DateTimeOffset now) => new()
    {
        Plan = plan,
        CreatedAt = now,
        StateAt = now,
        Lanes = plan.ByTarget.Select(target => new ReplayLane { Target = target.Name, Matched = target.Count }).ToArray(),
        Ramp = new ReplayRamp { Since = now },
    };

    /// <summary>Whether it has come to an end; replays may still be under way.</summary>
    public static bool HasEnded(ReplayJobRecord record) => record.State >= ReplayJobState.Completed;

    /// <summary>The rate that it keeps now.</summary>
    public static double Rate(ReplayJobRecord record) =>
        record.Plan.Ramp ? ReplayRamps.Rate(record.Ramp.Step, record.Plan.RatePerSecond) : record.Plan.RatePerSecond;

    /// <summary>Takes letters in hand, before any of them is started.</summary>
    /// <param name="record">The job.</param>
    /// <param name="lane">The lane they are of.</param>
    /// <param name="letters">The next letters of that lane.</param>
    /// <param name="limit">How many had been asked for: fewer means that there are no more.</param>
    public static ReplayJobRecord Claim(ReplayJobRecord record, int lane, IReadOnlyList<LetterPlace> letters, int limit) => Replace(record, lane, old => old with
    {
        After = letters.Count > 0 ? letters[^1] : old.After,
        Exhausted = letters.Count < limit,
        InHand = [.. old.InHand, .. letters.Select(letter => letter.MessageId)],
    });

    /// <summary>Counts letters whose end is known. Whoever is not in hand has been counted before.</summary>
    /// <param name="record">The job.</param>
    /// <param name="lane">Their lane.</param>
    /// <param name="letters">How they ended; those that have not are passed over.</param>
    /// <param name="now">The time.</param>
    /// <param name="options">When a ramp stops.</param>
    public static ReplayJobRecord Settle(
        ReplayJobRecord record, int lane, IEnumerable<JobLetter> letters, DateTimeOffset now, ReplayOptions options)
    {
        var left = record.Lanes[lane].InHand.ToHashSet();
        int delivered = 0, failed = 0, skipped = 0;
        foreach (var (id, outcome) in letters)
        {
            if (outcome is JobLetterOutcome.NotStarted or JobLetterOutcome.UnderWay || !left.Remove(id)) continue;
            if (outcome == JobLetterOutcome.Delivered) delivered++;
            else if (outcome == JobLetterOutcome.Failed) failed++;
            else skipped++;
        }

        if (delivered + failed + skipped == 0) return record;
        record = Replace(record, lane, old => old with
        {
            Delivered = old.Delivered + delivered,
            Failed = old.Failed + failed,
            Skipped = old.Skipped + skipped,
            InHand = old.InHand.Where(left.Contains).ToArray(),
        });
        if (!record.Plan.Ramp) return record;
        record = record with { Ramp = ReplayRamps.Count(record.Ramp, delivered, failed) };
        return !HasEnded(record) && ReplayRamps.ReasonToStop(record.Ramp, options) is { } reason
            ? To(record, ReplayJobState.Stopped, null, reason, now)
            : record;
    }

    /// <summary>Lets time pass for the ramp.</summary>
    public static ReplayJobRecord Advance(ReplayJobRecord record, DateTimeOffset now, ReplayOptions options)
    {
        if (!record.Plan.Ramp) return record;
        var ramp = ReplayRamps.Advance(record.Ramp, record.Plan.RatePerSecond, now, options);
        return ReferenceEquals(ramp, record.Ramp) ? record : record with { Ramp = ramp };
    }

    /// <summary>Lets go of letters that a job that has ended had in hand but had not started.</summary>
    public static ReplayJobRecord LetGo(ReplayJobRecord record, int lane, IReadOnlyCollection<MessageId> letters) => letters.Count == 0
        ? record
        : Replace(record, lane, old => old with { InHand = old.InHand.Except(letters).ToArray() });

    /// <summary>Does what an operator says; null when it has ended.</summary>
    public static ReplayJobRecord? Obey(ReplayJobRecord record, ReplayJobOrder order, string by, string? reason, DateTimeOffset now)
    {
        if (HasEnded(record)) return null;
        var state = order switch
        {
            ReplayJobOrder.Pause => ReplayJobState.Paused,
            ReplayJobOrder.Resume => ReplayJobState.Running,
            _ => ReplayJobState.Cancelled,
        };
        return state == record.State ? record : To(record, state, by, reason, now);
    }

    /// <summary>Ends it when there is nothing left to do or to wait for.</summary>
    public static ReplayJobRecord Finish(ReplayJobRecord record, DateTimeOffset now)
    {
        if (record.EndedAt is not null || record.Lanes.Any(lane => lane.InHand.Count > 0)) return record;
        if (HasEnded(record)) return record with { EndedAt = now };
        if (record.Lanes.Any(lane => !lane.Exhausted)) return record;
        // What did not come up again, although it had matched, has been replayed or settled by others since. And of what was left alone, some
        // came back only after the selection.
        var lanes = record.Lanes.Select(lane => lane with { Skipped = Math.Max(0, lane.Matched - lane.Delivered - lane.Failed) }).ToArray();
        return To(record with { Lanes = lanes, EndedAt = now }, ReplayJobState.Completed, null, null, now);
    }

    private static ReplayJobRecord To(ReplayJobRecord record, ReplayJobState state, string? by, string? reason, DateTimeOffset now) =>
        record with { State = state, StateBy = by, StateReason = reason, StateAt = now };

    private static ReplayJobRecord Replace(ReplayJobRecord record, int lane, Func<ReplayLane, ReplayLane> change)
    {
        var lanes = record.Lanes.ToArray();
        lanes[lane] = change(lanes[lane]);
        return record with { Lanes = lanes };
    }
}
