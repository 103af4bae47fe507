using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Replays;

/// <summary>
/// The job's work, at short intervals: hear how replays stand, take the next letters in hand, start what the rate allows, store the results.
/// Orders and news run between its steps.
/// </summary>
internal sealed partial class ReplayJobGrain
{
    /// <summary>How many letters may wait in hand for lanes that are blocked, in batches.</summary>
    private const int MaxBatchesReady = 10;

    /// <summary>How many letters are asked about in one tick.</summary>
    private const int MaxAsked = 2_000;

    private ReplayJobRecord? _saved;
    private long _savedAt;
    private ReplayPacer _pacer;
    private long _refilledAt;
    private int _nextLane;

    private bool IsRunning => _record.State == ReplayJobState.Running && !_isLost;

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        if (_isLost || services.Drain.IsDraining) return;
        try
        {
            if (_recheck.IsDue() && await WasOvertakenAsync()) return;
            await AskAsync();
            if (IsRunning && !_hand.HasUnknown) await StartSomeAsync();
            else Hold();
            await SettleUpAsync();
        }
        catch (Exception exception)
        {
            Hold();
            LogTickFailed(exception, Id);
        }
    }

    /// <summary>Nothing is due for the time in which nothing was to be started.</summary>
    private void Hold() => (_pacer, _refilledAt) = (default, services.Time.GetTimestamp());

    /// <summary>Asks about letters of which nothing is known, as after a crash, or of which nothing has been heard for long.</summary>
    private async Task AskAsync()
    {
        var ids = _hand.ToAsk(Elapsed - TimeSpan.FromMilliseconds(services.Options.AskAfterMs), MaxAsked);
        if (ids.Count > 0) await CallAsync(ids, static (partition, letters) => partition.AskForJob(letters));
        _hand.CountUnknown();
    }

    /// <summary>Starts what the rate allows.</summary>
    private async Task StartSomeAsync()
    {
        _record = ReplayJob.Advance(_record, Now, services.Options);
        var now = services.Time.GetTimestamp();
        var elapsed = _refilledAt == 0 ? TimeSpan.Zero : services.Time.GetElapsedTime(_refilledAt, now);
        _refilledAt = now;
        _pacer = _pacer.Refill(ReplayJob.Rate(_record), elapsed, TimeSpan.FromMilliseconds(services.Options.MaxCatchUpMs));
        var room = Math.Min(_pacer.Whole, _record.Plan.MaxConcurrent - _hand.UnderWay);
        var chosen = await ChooseAsync(room);
        if (chosen.Sum(part => part.Count) == 0)
        {
            if (_blocks.Count > 0 && _hand.UnderWay == 0) Hold();
            return;
        }

        // What is in hand is stored before any of it is started.
        if (!ReferenceEquals(_record, _saved)) await SaveAsync();
        // An order may have come in meanwhile.
        if (!IsRunning) return;
        var ids = chosen.SelectMany(part => _hand.Take(part.Lane, part.Count, Elapsed)).ToList();
        _pacer = _pacer.Take(ids.Count);
        var skipped = await CallAsync(ids, static (partition, letters) => partition.ReplayForJob(letters));
        _pacer = _pacer.Take(-skipped);
    }

    /// <summary>Shares the room among the lanes that are not blocked, each tick beginning with another one, and takes in hand what that needs.</summary>
    private async Task<List<(int Lane, int Count)>> ChooseAsync(int room)
    {
        var chosen = new List<(int Lane, int Count)>();
        var lanes = _record.Lanes.Count;
        for (var i = 0; i < lanes && (room > 0 || i == 0) && IsRunning; i++)
        {
            var lane = (_nextLane + i) % lanes;
            if (_record.Lanes[lane].Exhausted && _hand.ReadyOf(lane) == 0)
            {
                _blocks.Remove(lane);
                continue;
            }

            var passage = await services.Passages.LookAsync(_record.Lanes[lane].Target, _record.Plan.IgnoreWindows);
            if (passage.Block is { } block) _blocks[lane] = block;
            else _blocks.Remove(lane);
            var count = Math.Min(room, passage.MostUnderWay - _hand.UnderWayOf(lane));
            if (count <= 0) continue;
            await ClaimAsync(lane, count);
            count = Math.Min(count, _hand.ReadyOf(lane));
            if (count == 0) continue;
            chosen.Add((lane, count));
            room -= count;
        }

        if (lanes > 0) _nextLane = (_nextLane + 1) % lanes;
        return chosen;
    }

    private async Task ClaimAsync(int lane, int needed)
    {
        var batch = _record.Plan.BatchSize;
        if (_hand.ReadyOf(lane) >= needed || _record.Lanes[lane].Exhausted || _hand.Ready >= MaxBatchesReady * batch) return;
        var plan = _record.Plan;
        var limit = Math.Max(batch, Math.Min(needed, plan.MaxConcurrent));
        var selection = new LetterSelection(plan.Filter, plan.SelectedAt);
        var letters = await services.Letters.SelectAsync(selection, _record.Lanes[lane].Target, _record.Lanes[lane].After, limit);
        _record = ReplayJob.Claim(_record, lane, letters, limit);
        _hand.Claim(lane, letters.Select(letter => letter.MessageId));
    }

    /// <summary>Calls the partitions of some letters, and notes what they say.</summary>
    /// <returns>How many letters were not replayed after all.</returns>
    private async Task<int> CallAsync(List<MessageId> ids, Func<IDlqPartitionGrain, JobLetters, Task<IReadOnlyList<JobLetter>>> call)
    {
        var plan = _record.Plan;
        var answers = await Task.WhenAll(ids.GroupBy(id => id.Partition(services.Partitions)).Select(async group =>
        {
            var letters = group.ToArray();
            try
            {
                var partition = GrainFactory.GetGrain<IDlqPartitionGrain>(group.Key);
                return await call(partition, new JobLetters(Id, plan.SelectedAt, plan.By, plan.Reason, letters));
            }
            catch (Exception exception)
            {
                _hand.Forget(letters);
                LogPartitionSilent(exception, group.Key, Id, letters.Length);
                return [];
            }
        }));
        return answers.Sum(letters => Note(letters));
    }

    /// <summary>Notes how letters stand.</summary>
    /// <returns>How many of them were not replayed.</returns>
    private int Note(IReadOnlyList<JobLetter> letters)
    {
        var (now, elapsed) = (Now, Elapsed);
        var ended = letters
            .Select(letter => _hand.Note(letter, elapsed, services.Options.MaxStartTries))
            .Where(letter => letter is not null)
            .Select(letter => letter!.Value)
            .ToList();
        foreach (var lane in ended.GroupBy(letter => letter.Lane))
            _record = ReplayJob.Settle(_record, lane.Key, lane.Select(letter => letter.Letter), now, services.Options);
        return letters.Count(letter => letter.Outcome is JobLetterOutcome.NotStarted or JobLetterOutcome.Skipped or JobLetterOutcome.Unknown);
    }

    /// <summary>Lets go of what an ended job will not start, stores results now and then, and leaves when all is done.</summary>
    private async Task SettleUpAsync()
    {
        if (ReplayJob.HasEnded(_record) && !_hand.HasUnknown)
        {
            for (var lane = 0; lane < _record.Lanes.Count; lane++) _record = ReplayJob.LetGo(_record, lane, _hand.LetGo(lane));
        }

        var before = _record;
        _record = ReplayJob.Finish(_record, Now);
        var stateIsNew = _record.State != _saved?.State || !ReferenceEquals(before, _record);
        var isDue = services.Time.GetElapsedTime(_savedAt).TotalMilliseconds >= services.Options.SaveIntervalMs;
        if (!ReferenceEquals(_record, _saved) && (stateIsNew || isDue)) await SaveAsync();
        if (_record.EndedAt is not null) await LeaveAsync();
    }

    private async Task LeaveAsync()
    {
        if (!_record.Reported)
        {
            await GrainFactory.GetGrain<IReplayIndexGrain>(0).Ended(Id);
            _record = _record with { Reported = true };
            await SaveAsync();
            metrics.JobEnded(_record.State);
            LogEnded(Id, _record.State, _record.StateReason);
        }

        // Last of all: it is what brings the job back when something before it failed.
        await StopRemindingAsync();
        _timer?.Dispose();
        DeactivateOnIdle();
    }
}
