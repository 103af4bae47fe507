using DlqCluster.Delivery;
using DlqCluster.Ledger;
using DlqCluster.Recipients;

namespace DlqCluster.Messages;

/// <content>
/// A notification: each time that it is about to be sent it asks its recipient whether it may. What is held back waits in the ledger, and asks
/// again whenever it is woken: when its time has come, when preferences change, and every so often.
/// </content>
internal sealed partial class MessageGrain
{
    /// <summary>How long an answer of its recipient holds: at a gate it may wait for longer.</summary>
    private static readonly TimeSpan _verdictHolds = TimeSpan.FromSeconds(1);

    private long _permittedAt;

    public async Task PreferencesChanged()
    {
        await RefreshAsync();
        if (Record is not { HasEnded: false, Envelope.Notice: not null }) return;
        // One that waits at a gate asks again; an attempt that is on its way goes on.
        _wait?.Cancel();
        EnsureRunning();
    }

    /// <summary>Asks once more, for one that waited at a gate. If it may not be sent, its place at the gate is given back.</summary>
    /// <returns>As <see cref="AskRecipientAsync"/>.</returns>
    private async ValueTask<bool?> AskAgainAsync(DeliveryGate gate, GateTicket ticket)
    {
        var record = stored.State;
        if (record.Envelope.Notice is null || services.Time.GetElapsedTime(_permittedAt) < _verdictHolds) return null;
        var mayGo = false;
        try
        {
            var goesOn = await AskRecipientAsync(record);
            mayGo = goesOn is null;
            return goesOn;
        }
        finally
        {
            if (!mayGo) gate.Leave(ticket, null, TimeSpan.Zero);
        }
    }

    /// <summary>Whether its recipient, if it has one, lets it be sent now. If not, what becomes of it instead is recorded.</summary>
    /// <returns>Null when it may be sent; otherwise whether there is more to do here.</returns>
    private async ValueTask<bool?> AskRecipientAsync(MessageRecord record)
    {
        if (record.Envelope.Notice is not { } notice) return null;
        var question = new NoticeQuestion(_id, notice.Channel, record.Envelope.Priority);
        var verdict = await GrainFactory.GetGrain<IRecipientGrain>(notice.RecipientId).Ask(question);
        switch (verdict)
        {
            case { Outcome: NoticeOutcome.Suppress }:
                await RecordAsync(current => current.HasEnded ? null : MessageLifecycle.End(current, MessageState.Suppressed, Now));
                return true;
            case { Hold: { } hold }:
                await RecordAsync(current => current.HasEnded || current.Hold == hold ? null : MessageLifecycle.HoldBack(current, hold));
                return await WaitForRecipientAsync(hold);
            default:
                _permittedAt = services.Time.GetTimestamp();
                return null;
        }
    }

    /// <summary>Leaves it to the ledger until it may be sent, until it expires, or until it is to ask again.</summary>
    private async Task<bool> WaitForRecipientAsync(Hold hold)
    {
        if (Record is not { HasEnded: false } record) return true;
        return !await MoveInLedgerAsync(record, current =>
        {
            var due = Now + services.Limits.Notifications.RecheckInterval;
            if (hold.Until < due) due = hold.Until;
            return (LedgerLanes.Scheduled, current.Envelope.ExpiresAt < due ? current.Envelope.ExpiresAt.Value : due);
        });
    }
}
