using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Ordering;

/// <content>Whose turn it is.</content>
internal sealed partial class OrderingLaneGrain
{
    /// <summary>Sees to it that the first message knows of its turn, passing over those that have ended.</summary>
    private async Task GiveTurnAsync()
    {
        await _oneTurn.WaitAsync();
        try
        {
            while (await PassOverAsync())
            {
            }
        }
        catch
        {
            SetTimer(_retry);
            throw;
        }
        finally
        {
            _oneTurn.Release();
        }
    }

    /// <summary>Looks at the first message.</summary>
    /// <returns>True when it has left the lane, and there is a next one to look at.</returns>
    private async Task<bool> PassOverAsync()
    {
        var lane = await LaneAsync();
        if (lane.Head is not { MessageId: var head })
        {
            SetTimer(_idle);
            return false;
        }

        // One that is just being stored learns of its turn as the answer to its joining.
        if (_first == head || !lane.HasStored(head)) return false;
        var wasBlocked = lane.Block is not null;
        if (wasBlocked)
        {
            _lookedAt = time.GetTimestamp();
            if (!await IsSettledAsync(head)) return _recheck.IsDue() && await HasMovedOnAsync(head);
        }

        var answer = await GrainFactory.GetGrain<IMessageGrain>(head.Value).TakeTurn(_name.Target);
        // It may have left, or have been given its turn, while it was asked.
        if (_lane?.Head?.MessageId != head || _first == head) return true;
        if (answer == TurnAnswer.Taken)
        {
            _first = head;
            return false;
        }

        if (answer == TurnAnswer.DeadLettered && !wasBlocked && services.Blocks(_name.Target))
        {
            await BlockAsync(_lane, head);
            return false;
        }

        if (Drop(_lane, head)) StoreSoon();
        return true;
    }

    /// <summary>Whether another silo, that took this one for dead, has let the lane go on: a lane that only waits writes nothing, and would never find out.</summary>
    private async Task<bool> HasMovedOnAsync(MessageId head)
    {
        var lane = await ReadAsync();
        // Whoever lists lanes must not go on seeing what has left.
        if (!lane.IsStored) StoreSoon();
        return lane.Head?.MessageId != head || lane.Block is null;
    }

    /// <summary>Whether a dead letter that holds the lane up does so no more: it is resolved or gone, or the downstream's policy has changed.</summary>
    private async Task<bool> IsSettledAsync(MessageId message) =>
        !services.Blocks(_name.Target) || await services.Letters.GetAsync(message) is null or { Status: LetterStatus.Resolved };

    /// <summary>Looks after the first message without anybody waiting for that.</summary>
    /// <param name="askAnew">Whether also when it is believed to be on its way.</param>
    private void LookAfterHead(bool askAnew)
    {
        if (askAnew) _first = null;
        if (_first is not null || (_lane?.Block is not null && _lookedAt is { } at && time.GetElapsedTime(at) < _betweenLooks)) return;
        _ = QuietlyAsync();

        async Task QuietlyAsync()
        {
            try
            {
                await GiveTurnAsync();
            }
            catch (Exception exception)
            {
                LogNoTurn(exception, _name);
            }
        }
    }

    /// <summary>Stores what has changed without anybody waiting for that: to lose it costs a question later.</summary>
    private void StoreSoon()
    {
        _ = QuietlyAsync();

        async Task QuietlyAsync()
        {
            try
            {
                if (_lane is { IsStored: false } lane) await TryStoreAsync(lane);
            }
            catch (Exception exception)
            {
                LogNotStored(exception, _name);
            }
        }
    }

    private void SetTimer(TimeSpan due)
    {
        _timer ??= this.RegisterGrainTimer(
            OnTimerAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) { Interleave = true });
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private async Task OnTimerAsync(CancellationToken cancellationToken)
    {
        var lane = await LaneAsync();
        // An empty lane costs nothing: it is neither stored nor in memory.
        if (lane is { Count: 0, IsStored: true }) DeactivateOnIdle();
        else LookAfterHead(askAnew: false);
    }
}
