using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>How long letters are kept: DQ10, DQ7b.</summary>
[Trait("Spec", "DQ10")]
public sealed class RetentionTests
{
    [Fact]
    public void Letters_are_kept_for_seven_days_when_resolved_and_for_thirty_when_failed_unless_set()
    {
        Assert.Equal(TimeSpan.FromDays(7), new DlqOptions().ResolvedRetention);
        Assert.Equal(TimeSpan.FromDays(30), new DlqOptions().FailedRetention);
    }

    [Fact]
    public void Resolved_and_discarded_letters_go_when_their_time_is_over_failed_ones_later_and_others_never()
    {
        using var world = new World(
            ("Dlq:PollIntervalMs", "1000"), ("Dlq:MaxReplays", "1"), ("Dlq:ResolvedRetention", "00:10:00"), ("Dlq:FailedRetention", "00:20:00"));
        world.Run(async () =>
        {
            var resolved = await DeadLetterAsync(world, ErrorType.Client);
            var discarded = await DeadLetterAsync(world, ErrorType.Client);
            var failed = await DeadLetterAsync(world, ErrorType.Server);
            var manual = await DeadLetterAsync(world, ErrorType.Client);
            await world.UntilAsync(failed, LetterStatus.Failed);
            await world.Partition.Apply(new LetterAct(LetterActKind.Discard, [discarded], "ann", "why", null));
            world.Sender.AnswerWith(null);
            await world.Partition.Replay(new ReplayLetter(resolved, "me", null, null));
            await world.UntilAsync(resolved, LetterStatus.Resolved);

            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(9.9));
            Assert.NotNull(await world.Letters.GetAsync(resolved));
            Assert.NotNull(await world.Letters.GetAsync(discarded));
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(0.2));
            Assert.Null(await world.Letters.GetAsync(resolved));
            Assert.Null(await world.Letters.GetAsync(discarded));
            Assert.NotNull(await world.Letters.GetAsync(failed));
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(11));
            Assert.Null(await world.Letters.GetAsync(failed));
            Assert.NotNull(await world.Letters.GetAsync(manual));
        });
    }

    [Fact]
    [Trait("Spec", "DQ7b")]
    public void A_letter_whose_replay_is_under_way_is_never_removed_however_old_it_is()
    {
        using var world = new World(("Dlq:PollIntervalMs", "1000"), ("Dlq:MaxReplays", "1"), ("Dlq:FailedRetention", "00:01:00"));
        world.Run(async () =>
        {
            var id = await DeadLetterAsync(world, ErrorType.Server);
            await world.UntilAsync(id, LetterStatus.Failed);
            var answer = new TaskCompletionSource<AttemptResult>();
            world.Sender.Answer = (_, _) => answer.Task;
            await world.Partition.Replay(new ReplayLetter(id, "me", null, null));
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(4));
            Assert.Equal(LetterStatus.Processing, (await world.Letters.GetAsync(id))!.Status);
            answer.SetResult(ScriptedSender.Result(null));
            await world.UntilAsync(id, LetterStatus.Resolved);
        });
    }

    private static async Task<MessageId> DeadLetterAsync(World world, ErrorType error)
    {
        world.Sender.AnswerWith(error);
        var id = await world.SubmitAsync(World.Simple() with { Retry = new() { MaxRetries = 0 } });
        await world.UntilAsync(id, MessageState.DeadLettered);
        return id;
    }
}
