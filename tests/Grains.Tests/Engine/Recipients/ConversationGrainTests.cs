using DlqCluster.Conversations;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Storage;

namespace DlqCluster.Grains.Tests.Engine.Recipients;

/// <summary>Receipts are kept with their message: CN1, CN2.</summary>
[Trait("Spec", "CN2")]
public sealed class ConversationGrainTests
{
    [Fact]
    [Trait("Passes", "hours")]
    public void Receipts_outlive_the_messages_end_a_crash_and_its_key()
    {
        using var world = new World([("Idempotency:Window", "00:10:00"), ("Conversations:ReceiptRetention", "1.00:00:00"), .. World.Patient]);
        world.Time.Run(async () =>
        {
            await world.StartAsync();
            var id = await PostAsync(world);
            Assert.Equal([ReceiptState.Pending, ReceiptState.Pending], await StatesAsync(world, id));
            await world.UntilAsync(id, MessageState.Delivered);
            await world.Message(id).GiveReceipt("bob", ReceiptState.Delivered);
            await world.CrashAndRestartAsync();
            Assert.Equal(ReceiptOutcome.Recorded, (await world.Message(id).GiveReceipt("cleo", ReceiptState.Read)).Outcome);
            await world.Time.AdvanceAsync(TimeSpan.FromHours(23));
            Assert.Equal([ReceiptState.Delivered, ReceiptState.Read], await StatesAsync(world, id));
            await world.Time.AdvanceAsync(TimeSpan.FromHours(2));
            Assert.Null(await world.Message(id).GetReceipts());
            Assert.Equal(ReceiptOutcome.NoMessage, (await world.Message(id).GiveReceipt("bob", ReceiptState.Read)).Outcome);
        });
    }

    [Fact]
    public void Receipts_given_at_once_are_all_there()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var users = Enumerable.Range(0, 50).Select(static number => $"user-{number}").ToArray();
            var id = await world.SubmitAsync(World.Simple() with { Conversation = new ConversationPost("c", "ann", users) });
            await Task.WhenAll(users.SelectMany(user => new[] { ReceiptState.Read, ReceiptState.Delivered }.Select(state => world.Message(id).GiveReceipt(user, state))));
            Assert.All((await world.Message(id).GetReceipts())!, receipt => Assert.Equal(ReceiptState.Read, receipt.State));
        });
    }

    [Fact]
    public void A_receipt_while_the_end_is_being_stored_loses_neither()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var fails = 3;
            world.Sender.Answer = async (_, _) =>
            {
                world.States.Before = operation => operation == "state.write" && fails-- > 0 ? throw new StorageUnavailableException("down") : Task.CompletedTask;
                await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(10));
                return AttemptResult.Delivered();
            };
            var id = await PostAsync(world);
            for (var i = 0; i < 20; i++)
            {
                await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(10));
                try
                {
                    await world.Message(id).GiveReceipt("bob", ReceiptState.Read);
                }
                catch (StorageUnavailableException)
                {
                    // It is given again.
                }
            }

            await world.UntilAsync(id, MessageState.Delivered);
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(5));
            Assert.Single(world.Sender.Sent);
            Assert.Equal([ReceiptState.Read, ReceiptState.Pending], await StatesAsync(world, id));
        });
    }

    [Fact]
    public void A_replay_keeps_the_receipts()
    {
        using var world = new World();
        world.Sender.AnswerInTurn(ErrorType.Validation, null);
        world.Run(async () =>
        {
            var id = await PostAsync(world);
            await world.UntilAsync(id, LetterStatus.Manual);
            await world.Message(id).GiveReceipt("bob", ReceiptState.Read);
            await world.Partition.Replay(new ReplayLetter(id, "ann", null, null));
            await world.UntilAsync(id, LetterStatus.Resolved);
            Assert.Equal([ReceiptState.Read, ReceiptState.Pending], await StatesAsync(world, id));
        });
    }

    private static Task<MessageId> PostAsync(World world) =>
        world.SubmitAsync(World.Simple() with { OrderingKey = "c", Conversation = new ConversationPost("c", "ann", ["bob", "cleo"]) });

    private static async Task<IEnumerable<ReceiptState>> StatesAsync(World world, MessageId id) => (await world.Message(id).GetReceipts())!.Select(receipt => receipt.State);
}
