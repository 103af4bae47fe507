using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Engine.Embedded;

/// <summary>
/// A crash at any operation on a store while a letter is edited and replayed. On the embedded engine alone: it starts again in a millisecond,
/// and does the same operations in the same order each time.
/// </summary>
public sealed class EditMomentTests
{
    private const string Wrong = """{"wrong":true}""";
    private const string Right = """{"right":true}""";

    // Each of these is a moment before or after one of the operations on a store while a letter is edited and replayed.
    private const int Moments = 14;

    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);
    private static readonly (string, string) _often = ("Dlq:PollIntervalMs", "1000");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Spec", "DQ5")]
    public void Whatever_crashes_while_a_letter_is_edited_and_replayed_the_edit_is_sent_and_the_original_is_not(bool before)
    {
        for (var moment = 1; moment <= Moments; moment++) EditAndCrash(moment, before);
    }

    private static void EditAndCrash(int moment, bool before)
    {
        using var world = new World(_often, ("Retry:MaxRetries", "0"), ("Dlq:StuckAfter", "00:00:10"), ("Dlq:DefaultStrategy", "manual"));
        var operations = 0;
        var isDown = false;
        Task Hook(string operation)
        {
            if (operation is "ledger.peek" or "ledger.count" or "letter.stats" || ++operations != moment) return Task.CompletedTask;
            isDown = true;
            world.Kill();
            return new TaskCompletionSource().Task;
        }

        void Set(Func<string, Task>? hook)
        {
            foreach (var store in new Testing.MemoryStore[] { world.States, world.Ledger, world.Letters })
            {
                if (before) store.Before = hook;
                else store.After = hook;
            }
        }

        world.Sender.AnswerWith(ErrorType.Client);
        world.Time.Run(async () =>
        {
            await world.StartAsync();
            var id = await world.SubmitAsync(World.Simple(Wrong));
            await world.UntilAsync(id, LetterStatus.Manual);
            await world.UntilAsync(id, MessageState.DeadLettered);
            world.Sender.AnswerWith(null);
            Set(Hook);
            _ = world.Partition.Replay(new ReplayLetter(id, "ann", Payload.Parse(Right), null));
            while (!isDown) await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(100));
            Set(null);
            await world.StartAsync();
            await world.Time.AdvanceAsync(_minute);
            // Nobody was told that it was begun; who asks again learns how it stands, or begins it.
            await world.Partition.Replay(new ReplayLetter(id, "ann", Payload.Parse(Right), null));

            var letter = await world.UntilAsync(id, LetterStatus.Resolved, _minute);
            var sent = world.Sender.Sent.Skip(1).Select(one => one.Envelope.Payload.ToString()).ToArray();
            Assert.All(sent, payload => Assert.Equal(Right, payload));
            // Only a crash between the downstream's answer and its record makes a second one.
            Assert.InRange(sent.Length, 1, 2);
            Assert.Equal(Wrong, letter.OriginalMessage.Payload.ToString());
            await world.StopAsync();
        });
    }
}
