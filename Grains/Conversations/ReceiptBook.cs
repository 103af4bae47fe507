using DlqCluster.Messages;

namespace DlqCluster.Conversations;

/// <summary>The receipts of a message as a table. No clock, no input or output.</summary>
internal static class ReceiptBook
{
    /// <summary>The receipt of each recipient, in the order in which the sender named them.</summary>
    /// <param name="record">The message.</param>
    public static IReadOnlyList<Receipt> Of(MessageRecord record) =>
        [.. (record.Envelope.Conversation?.RecipientIds ?? []).Select(user => Find(record, user) ?? new Receipt { UserId = user })];

    /// <summary>A receipt comes in.</summary>
    /// <param name="record">The message; null when nobody knows it.</param>
    /// <param name="userId">Who gives it.</param>
    /// <param name="state">How far the message has come.</param>
    /// <param name="now">The time.</param>
    /// <returns>How that ended, and the message with the receipt when there is something to store.</returns>
    public static (ReceiptResult Result, MessageRecord? Next) Record(MessageRecord? record, string userId, ReceiptState state, DateTimeOffset now)
    {
        if (record is null) return (new ReceiptResult(ReceiptOutcome.NoMessage, null), null);
        if (record.Envelope.Conversation?.RecipientIds.Contains(userId, StringComparer.Ordinal) != true)
            return (new ReceiptResult(ReceiptOutcome.NoRecipient, null), null);
        var known = Find(record, userId) ?? new Receipt { UserId = userId };
        if (known.State >= state) return (new ReceiptResult(ReceiptOutcome.AlreadyThere, known), null);
        var receipt = known with
        {
            State = state,
            DeliveredAt = known.DeliveredAt ?? now,
            ReadAt = state == ReceiptState.Read ? now : null,
        };
        var others = (record.Receipts ?? []).Where(other => other.UserId != userId);
        return (new ReceiptResult(ReceiptOutcome.Recorded, receipt), record with { Receipts = [.. others, receipt] });
    }

    private static Receipt? Find(MessageRecord record, string userId) => record.Receipts?.FirstOrDefault(receipt => receipt.UserId == userId);
}
