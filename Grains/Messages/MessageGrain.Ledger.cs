using DlqCluster.DeadLetters;
using DlqCluster.Ledger;

namespace DlqCluster.Messages;

/// <content>Its entry in the ledger.</content>
internal sealed partial class MessageGrain
{
    private Task EnterLedgerAsync(DateTimeOffset? scheduledFor) => scheduledFor is { } due
        ? EnterLaneAsync(LedgerLanes.Scheduled, due)
        : EnterLaneAsync(LedgerLanes.Active, Now.AddMilliseconds(services.Limits.Delivery.WatchdogMs));

    private async Task EnterLaneAsync(string lane, DateTimeOffset due)
    {
        await services.Ledger.PutAsync(new LedgerEntry(Partition, _id, lane, due));
        _inLedger = true;
    }

    private async Task LeaveLedgerAsync()
    {
        // Before the call: it may fail after the fact, and whoever submits this id then must not rely on an entry that is gone.
        _inLedger = false;
        await services.Ledger.RemoveAsync(Partition, _id);
    }

    /// <summary>Leaves a new message to the ledger, which brings it when there is room for it.</summary>
    private Task EnterWaitingAsync(MessageRecord record) => EnterLaneAsync(LedgerLanes.Waiting(record.Envelope.Target), Rank(record));

    /// <summary>Leaves an unfinished message to the ledger, which brings it back when its time or its turn has come.</summary>
    private async Task<bool> HandBackAsync(MessageRecord record)
    {
        _fetched = default;
        return !await MoveInLedgerAsync(record, current =>
        {
            return MessageLifecycle.DueAt(current) is { } due && due > TimeFor(current)
                ? (LedgerLanes.Scheduled, due)
                : (LedgerLanes.Waiting(current.Envelope.Target), Rank(current));
        });
    }

    private static DateTimeOffset Rank(MessageRecord record) =>
        MessageLifecycle.Rank(record.Envelope.Priority, record.NextAttemptAt ?? record.Envelope.AcceptedAt);

    /// <summary>Moves the message's ledger entry, unless the record has changed since it was looked at: then there is more to do here.</summary>
    /// <returns>Whether it was moved.</returns>
    private async Task<bool> MoveInLedgerAsync(MessageRecord seen, Func<MessageRecord, (string Lane, DateTimeOffset Due)> place)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            if (_isStale || stored.State.Revision != seen.Revision) return false;
            var (lane, due) = place(seen);
            var entry = new LedgerEntry(Partition, _id, lane, due);
            // Whoever finds an ended message among the active ones moves it then: that move need not be durable before we go on.
            await (lane == LedgerLanes.Receipt ? services.Ledger.PutSoonAsync(entry) : services.Ledger.PutAsync(entry));
            return true;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task<bool> LeaveQueueAsync(MessageRecord record)
    {
        var left = await MoveInLedgerAsync(record, current => (LedgerLanes.Receipt, ForgetAt(current)));
        // A second look at what has left, because the ledger and the end crossed, is not a second end.
        if (left && _leftAs != record.Revision)
        {
            _leftAs = record.Revision;
            services.Path.Queue.Left(Partition);
            services.Metrics.Left(record.State);
        }

        return left;
    }

    private DateTimeOffset ForgetAt(MessageRecord record) =>
        MessageLifecycle.ForgetAt(record, services.Limits.Idempotency, services.Limits.Conversations);

    /// <summary>Forgets an ended message whose time has come. Its id stays taken for as long as there is a letter of it.</summary>
    private async Task<bool> ForgetIfDueAsync(MessageRecord record)
    {
        if (!record.HasEnded || record.Owed is not null || Now < ForgetAt(record)) return false;
        if (record.MayHaveLetter && await GrainFactory.GetGrain<IDlqPartitionGrain>(Partition).Knows(_id))
        {
            var later = Now + services.Limits.Idempotency.Window;
            await services.Ledger.PutAsync(new LedgerEntry(Partition, _id, LedgerLanes.Receipt, later));
        }
        else
        {
            await stored.ClearStateAsync();
            await LeaveLedgerAsync();
        }

        DeactivateOnIdle();
        return true;
    }
}
