using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Storage;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>Discards, notes and imports on the engine: DQ8, DQ10.</summary>
public sealed class LetterActGrainTests
{
    [Fact]
    [Trait("Spec", "DQ8")]
    public void A_letter_under_replay_is_not_discarded_and_a_discarded_one_is_never_replayed()
    {
        using var world = new World([("Dlq:PollIntervalMs", "1000"), .. World.Patient]);
        world.Run(async () =>
        {
            var id = await DeadLetterAsync(world);
            var answer = new TaskCompletionSource<AttemptResult>();
            world.Sender.Answer = (_, _) => answer.Task;
            await world.Partition.Replay(new ReplayLetter(id, "me", null, null));
            Assert.Equal([LetterActOutcome.UnderReplay], await ApplyAsync(world, id));
            answer.SetResult(ScriptedSender.Result(null));
            await world.UntilAsync(id, LetterStatus.Resolved);
            Assert.Equal([LetterActOutcome.AlreadyResolved], await ApplyAsync(world, id));

            var other = await DeadLetterAsync(world);
            var sent = world.Sender.Sent.Count;
            Assert.Equal([LetterActOutcome.Done], await ApplyAsync(world, other));
            Assert.Equal(ReplayOutcome.AlreadyResolved, (await world.Partition.Replay(new ReplayLetter(other, "me", null, null))).Outcome);
            await world.IdleAsync(TimeSpan.FromHours(6));
            Assert.Equal(sent, world.Sender.Sent.Count);
            Assert.Equal(LetterResolution.Discarded, (await world.Letters.GetAsync(other))!.Resolution);
        });
    }

    [Fact]
    [Trait("Spec", "DQ8")]
    public void An_act_on_many_letters_answers_for_each_and_one_that_cannot_be_stored_does_not_hold_up_the_others()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var first = await DeadLetterAsync(world);
            var second = await DeadLetterAsync(world);
            var unknown = world.NewId();
            var puts = 0;
            // Stored, and its caller told that it was not.
            world.Letters.After = operation => operation == "letter.put" && puts++ == 0 ? throw new StorageUnavailableException("late") : Task.CompletedTask;
            Assert.Equal([LetterActOutcome.NotStored, LetterActOutcome.NotFound, LetterActOutcome.Done], await ApplyAsync(world, first, unknown, second));
            world.Letters.After = null;
            Assert.Equal([LetterActOutcome.AlreadyResolved, LetterActOutcome.AlreadyResolved], await ApplyAsync(world, first, second));
            Assert.Single((await world.Letters.GetAsync(first))!.Events);
        });
    }

    [Fact]
    [Trait("Spec", "DQ10")]
    public void An_imported_letter_whose_message_nobody_remembers_is_replayed_and_delivered()
    {
        using var world = new World(("Dlq:PollIntervalMs", "1000"));
        Letter exported = new();
        using (var other = new World())
        {
            other.Run(async () => exported = (await other.Letters.GetAsync(await DeadLetterAsync(other)))!);
        }

        world.Run(async () =>
        {
            var id = exported.MessageId;
            Assert.Equal([LetterActOutcome.Done], await world.Partition.Import(new ImportLetters([exported], "ann", null)));
            Assert.Equal([LetterActOutcome.AlreadyThere], await world.Partition.Import(new ImportLetters([exported], "ann", null)));
            Assert.Null(await world.Message(id).Get());
            Assert.Equal(ReplayOutcome.Started, (await world.Partition.Replay(new ReplayLetter(id, "me", null, null))).Outcome);
            var letter = await world.UntilAsync(id, LetterStatus.Resolved);
            Assert.Equal(exported.CreatedAt, letter.CreatedAt);
            Assert.Equal(id, Assert.Single(world.Sender.Sent).Id);
            Assert.Equal(MessageState.Delivered, await world.StateAsync(id));
        });
    }

    [Fact]
    [Trait("Spec", "DQ8")]
    public void A_letter_carries_the_attempts_that_led_to_it()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var letter = (await world.Letters.GetAsync(await DeadLetterAsync(world, retries: 2)))!;
            Assert.Equal([1, 2, 3], letter.Attempts.Select(attempt => attempt.Number));
            Assert.All(letter.Attempts, attempt => Assert.Equal(ErrorType.Server, attempt.ErrorType));
        });
    }

    private static Task<IReadOnlyList<LetterActOutcome>> ApplyAsync(World world, params MessageId[] ids) =>
        world.Partition.Apply(new LetterAct(LetterActKind.Discard, ids, "ann", "why", null));

    private static async Task<MessageId> DeadLetterAsync(World world, int retries = 0)
    {
        world.Sender.AnswerWith(ErrorType.Server);
        var id = await world.SubmitAsync(World.Simple() with { Retry = new() { MaxRetries = retries } });
        await world.UntilAsync(id, MessageState.DeadLettered);
        return id;
    }
}
