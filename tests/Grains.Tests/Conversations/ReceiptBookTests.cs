using DlqCluster.Conversations;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Conversations;

/// <summary>Receipts only ever go forward: CN2.</summary>
[Trait("Spec", "CN2")]
public sealed class ReceiptBookTests
{
    private static readonly DateTimeOffset _at = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly MessageRecord _message = new() { Envelope = new Envelope { Conversation = new ConversationPost("c", "ann", ["bob", "cleo"]) } };

    [Fact]
    public void Each_recipient_begins_as_pending() =>
        Assert.Equal([new Receipt { UserId = "bob" }, new Receipt { UserId = "cleo" }], ReceiptBook.Of(_message));

    [Theory]
    [InlineData(ReceiptState.Pending, ReceiptState.Delivered, true)]
    [InlineData(ReceiptState.Pending, ReceiptState.Read, true)]
    [InlineData(ReceiptState.Delivered, ReceiptState.Delivered, false)]
    [InlineData(ReceiptState.Delivered, ReceiptState.Read, true)]
    [InlineData(ReceiptState.Read, ReceiptState.Delivered, false)]
    [InlineData(ReceiptState.Read, ReceiptState.Read, false)]
    public void A_receipt_never_moves_backwards_and_counts_once(ReceiptState known, ReceiptState given, bool isNew)
    {
        var before = known == ReceiptState.Pending ? _message : ReceiptBook.Record(_message, "bob", known, _at).Next!;
        var (result, next) = ReceiptBook.Record(before, "bob", given, _at.AddMinutes(1));
        Assert.Equal(isNew ? ReceiptOutcome.Recorded : ReceiptOutcome.AlreadyThere, result.Outcome);
        Assert.Equal(isNew, next is not null);
        Assert.Equal(known > given ? known : given, result.Receipt!.State);
        Assert.Equal(ReceiptState.Pending, ReceiptBook.Of(next ?? before)[1].State);
        Assert.Equal(before.Revision, (next ?? before).Revision);
    }

    [Fact]
    public void Who_reads_without_a_word_of_delivery_has_got_it_then()
    {
        var read = ReceiptBook.Record(_message, "bob", ReceiptState.Read, _at).Result.Receipt;
        Assert.Equal(new Receipt { UserId = "bob", State = ReceiptState.Read, DeliveredAt = _at, ReadAt = _at }, read);
    }

    [Fact]
    public void Each_moment_is_kept()
    {
        var delivered = ReceiptBook.Record(_message, "bob", ReceiptState.Delivered, _at).Next!;
        var read = ReceiptBook.Record(delivered, "bob", ReceiptState.Read, _at.AddHours(1)).Next!;
        Assert.Equal(new Receipt { UserId = "bob", State = ReceiptState.Read, DeliveredAt = _at, ReadAt = _at.AddHours(1) }, Assert.Single(read.Receipts!));
    }

    [Fact]
    public void Only_recipients_of_a_known_message_give_receipts()
    {
        Assert.Equal(ReceiptOutcome.NoRecipient, ReceiptBook.Record(_message, "ann", ReceiptState.Read, _at).Result.Outcome);
        Assert.Equal(ReceiptOutcome.NoRecipient, ReceiptBook.Record(new MessageRecord(), "bob", ReceiptState.Read, _at).Result.Outcome);
        Assert.Equal(ReceiptOutcome.NoMessage, ReceiptBook.Record(null, "bob", ReceiptState.Read, _at).Result.Outcome);
        Assert.Empty(ReceiptBook.Of(new MessageRecord()));
    }
}
