using DlqCluster.Delivery;
using DlqCluster.Payloads;
using DlqCluster.Storage;
using Microsoft.Extensions.Logging;

namespace DlqCluster.Messages;

/// <content>
/// Its payload, when that is kept in the payload store: it is stored before the record that claims it, and removed after the record that
/// ends it. What falls between the two is an orphan, and is swept.
/// </content>
internal sealed partial class MessageGrain
{
    /// <summary>A payload that was read but could not be sent at once: its next attempt has it without waiting.</summary>
    private (PayloadClaim? Claim, WholeMessage Whole) _fetched;

    /// <remarks>Nothing interleaves with it, so a payload whose record is just being written is not taken for an orphan.</remarks>
    public async Task<bool> ReleasePayload(string key)
    {
        if (IsNeeded(key)) return false;
        // A copy that is out of date must not decide to remove it.
        _isStale = true;
        await RefreshAsync();
        if (IsNeeded(key)) return false;
        await services.Payloads.RemoveAsync(key);
        return true;
    }

    private bool IsNeeded(string key)
    {
        // Who was brought to life by the question alone need not stay.
        if (_run is null or { IsCompleted: true }) DeactivateOnIdle();
        return Record is { } record && record.Envelope.Claim?.Key == key && (!record.HasEnded || record.Owed is not null);
    }

    /// <summary>Brings the payload for an attempt. Where that fails the place at the gate is given back.</summary>
    private async ValueTask<WholeMessage> FetchAsync(DeliveryGate gate, GateTicket ticket, MessageRecord record)
    {
        var (claim, whole) = _fetched;
        _fetched = default;
        if (claim is not null && claim == record.Envelope.Claim) return whole;
        try
        {
            return await services.Payloads.FetchAsync(record.Envelope);
        }
        catch
        {
            gate.Leave(ticket, null, TimeSpan.Zero);
            throw;
        }
    }

    /// <summary>Removes the payload of a message that has ended, or of one that goes on with another.</summary>
    private async Task DiscardPayloadAsync(PayloadClaim? claim)
    {
        if (claim is null) return;
        try
        {
            await services.Payloads.RemoveAsync(claim.Key);
        }
        catch (StorageUnavailableException exception)
        {
            // It is found among those that belong to no message.
            LogPayloadLeft(exception, claim.Key);
        }
    }

    [LoggerMessage(2003, LogLevel.Warning, "The payload {Key} could not be removed; it is swept later")]
    private partial void LogPayloadLeft(Exception exception, string key);
}
