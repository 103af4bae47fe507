using DlqCluster.Ledger;
using DlqCluster.Ordering;

namespace DlqCluster.Messages;

/// <content>
/// Messages with an ordering key. Such a message is sent only when its lane has said that of its key it is the first, and what it has to
/// say last, when its end is durable, it says to the lane.
/// </content>
internal sealed partial class MessageGrain
{
    /// <summary>Whether its lane has said that it is its turn. That holds until the lane is told of its end.</summary>
    private bool _isFirst;

    /// <summary>Whether its lane has called a replay since the replay last asked the lane.</summary>
    private bool _isCalled;

    public async Task<TurnAnswer> TakeTurn(string target)
    {
        _isStale |= Record is null;
        await RefreshAsync();
        await _oneAtATime.WaitAsync();
        try
        {
            if (Record is not { } record || record.Envelope.Target != target)
            {
                _isFirst = false;
                return TurnAnswer.Gone;
            }

            if (record is { HasEnded: true, Owed: null })
                return record.State == MessageState.DeadLettered ? TurnAnswer.DeadLettered : TurnAnswer.Ended;
            // The ledger first, for its submit may never have got so far. What waits for a later time is in the ledger under that.
            if (!(MessageLifecycle.DueAt(record) > TimeFor(record))) await EnterLedgerAsync(scheduledFor: null);
            // A replay asks back: the call may be from before it ended, and have waited here while it ended, left the lane and was replayed.
            if (record.Generation == 0) _isFirst = true;
            else _isCalled = true;
            EnsureRunning();
        }
        finally
        {
            _oneAtATime.Release();
        }

        return TurnAnswer.Taken;
    }

    /// <summary>Accepts a new message: its place in the lane is durable before the message is, so that a lane that is full leaves no trace.</summary>
    private async Task<SubmitResult> SubmitInOrderAsync(SubmitMessage message)
    {
        var accepted = MessageLifecycle.Accept(message, Now);
        // One that is scheduled takes its place when its time has come: it must not hold up what is to go today.
        var isScheduled = accepted.State == MessageState.Scheduled;
        var place = isScheduled ? new LanePlace(LaneTurn.First, IsNext: false) : await Lane(accepted).Join(_id, accepted: false);
        if (place.Turn == LaneTurn.Full) return Answer(SubmitOutcome.LaneFull, accepted, goOn: false);
        _isFirst = !isScheduled && place.Turn == LaneTurn.First;
        try
        {
            accepted = accepted with { Envelope = await services.Payloads.DepositAsync(_id, generation: 0, accepted.Envelope) };
            await Task.WhenAll(CommitAsync(accepted), EnterLedgerAsync(accepted, place));
        }
        catch
        {
            // A place that nobody will take must not hold up the others.
            await Lane(accepted).Check();
            throw;
        }

        services.Metrics.Accepted();
        services.Path.Queue.Entered(Partition, isScheduled);
        return AnswerInOrder(SubmitOutcome.Accepted, accepted, place);
    }

    private async Task<SubmitResult> RepeatInOrderAsync(MessageRecord known)
    {
        var isScheduled = known.State == MessageState.Scheduled;
        var place = isScheduled || _isFirst ? new LanePlace(LaneTurn.First, IsNext: false) : await Lane(known).Join(_id, accepted: true);
        if (!isScheduled) _isFirst = place.Turn == LaneTurn.First;
        await EnterLedgerAsync(known, place);
        services.Metrics.IdempotencyHit("ingress");
        return AnswerInOrder(SubmitOutcome.Duplicate, known, place);
    }

    private SubmitResult AnswerInOrder(SubmitOutcome outcome, MessageRecord record, LanePlace place)
    {
        // Whoever waits behind others needs no memory.
        if (place.Turn == LaneTurn.Queued) DeactivateOnIdle();
        return Answer(outcome, record, goOn: place.Turn == LaneTurn.First);
    }

    private async Task EnterLedgerAsync(MessageRecord record, LanePlace place)
    {
        if (place.Turn == LaneTurn.First)
        {
            await EnterLedgerAsync(record.State == MessageState.Scheduled ? record.NextAttemptAt : null);
            return;
        }

        // The next in line looks early: if the first was never acknowledged and is lost, this is who finds out.
        var delivery = services.Limits.Delivery;
        var due = HeldUntil(record, place.IsNext ? delivery.WatchdogMs : services.Limits.Ordering.RecheckMs);
        await EnterLaneAsync(LedgerLanes.Held, due);
    }

    private async Task<bool> IsFirstAsync(MessageRecord record)
    {
        _isCalled = false;
        var place = await Lane(record).Join(_id, accepted: true);
        return _isFirst |= place.Turn == LaneTurn.First;
    }

    /// <summary>Leaves a message to its lane until its turn has come.</summary>
    /// <returns>False when its turn has come meanwhile, or something else has happened.</returns>
    private async Task<bool> HoldAsync(MessageRecord record)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            if (_isFirst || _isCalled || _isStale || stored.State.Revision != record.Revision) return false;
            var due = HeldUntil(record, services.Limits.Ordering.RecheckMs);
            await services.Ledger.PutAsync(new LedgerEntry(Partition, _id, LedgerLanes.Held, due));
            return true;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private DateTimeOffset HeldUntil(MessageRecord record, int milliseconds)
    {
        var due = Now.AddMilliseconds(milliseconds);
        return record.Envelope.ExpiresAt < due ? record.Envelope.ExpiresAt.Value : due;
    }

    /// <summary>Tells its lane that it has ended, and the lane of the downstream that it was meant for first, if that is another one.</summary>
    private async Task TellLanesAsync(MessageRecord record)
    {
        _isFirst = false;
        await Lane(record).Ended(_id, record.State);
        if (record.FirstTarget is { } first && first != record.Envelope.Target) await Lane(record, first).Ended(_id, record.State);
    }

    /// <summary>Gives up what is left of its turn before it was replayed, also if nobody has told the lane yet that it had ended.</summary>
    private async Task LeaveLaneAsync(Envelope replayed)
    {
        (_isFirst, _isCalled) = (false, false);
        await Lane(replayed).Leave(_id);
    }

    private async Task<MessageView?> ViewInOrderAsync(MessageRecord record)
    {
        var spot = record.State == MessageState.Scheduled ? null : await Lane(record).Find(_id);
        var view = View(record);
        // Behind a dead letter it waits for an operator, not for its turn.
        return spot is { Ahead: > 0, BlockedSince: not null } && !record.HasEnded ? view with { State = MessageState.Parked } : view;
    }

    private IOrderingLaneGrain Lane(MessageRecord record, string? target = null) => Lane(record.Envelope, target);

    private IOrderingLaneGrain Lane(Envelope envelope, string? target = null) =>
        GrainFactory.GetGrain<IOrderingLaneGrain>(new LaneName(target ?? envelope.Target, envelope.OrderingKey!).ToString());
}
