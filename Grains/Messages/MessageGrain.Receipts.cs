using DlqCluster.Conversations;

namespace DlqCluster.Messages;

/// <content>The receipts of its recipients, when it is part of a conversation. They are kept with its record.</content>
internal sealed partial class MessageGrain
{
    public async Task<ReceiptResult> GiveReceipt(string userId, ReceiptState state)
    {
        await RefreshAsync();
        await _oneAtATime.WaitAsync();
        try
        {
            await RereadAsync();
            var (result, next) = ReceiptBook.Record(Record, userId, state, Now);
            // Without a new revision: that numbers what the message's own way writes, which must not take this for its own.
            if (next is not null) await WriteAsync(next);
            return result;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public async Task<IReadOnlyList<Receipt>?> GetReceipts()
    {
        await RefreshAsync();
        return Record is { } record ? ReceiptBook.Of(record) : null;
    }
}
