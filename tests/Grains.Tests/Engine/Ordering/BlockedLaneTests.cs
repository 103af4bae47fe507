using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Ordering;

namespace DlqCluster.Grains.Tests.Engine.Ordering;

/// <summary>Order through the dead-letter queue: DE8b.</summary>
[Trait("Spec", "DE8b")]
public sealed class BlockedLaneTests
{
    private static readonly (string, string) _block = ("Downstreams:default:OnDeadLetter", "block");

    /// <summary>Submits messages of one key, the first of which is dead-lettered.</summary>
    private static async Task<MessageId[]> DeadLetterFirstAsync(World world, int count = 3)
    {
        world.Sender.Answer = (message, _) => Task.FromResult(ScriptedSender.Result(message.Envelope.Payload.ToString().Contains("\"n\":0", StringComparison.Ordinal) ? ErrorType.Client : null));
        await world.SetPausedAsync(true);
        var ids = await world.SubmitInOrderAsync("k", count);
        await world.SetPausedAsync(false);
        await world.UntilAsync(ids[0], MessageState.DeadLettered);
        await world.Time.AdvanceAsync(Lanes.Second);
        return ids;
    }

    [Fact]
    public void Unless_told_otherwise_the_others_go_on_and_a_replay_comes_after_what_waits_then()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var ids = await DeadLetterFirstAsync(world);
            await world.UntilAsync(ids[2], MessageState.Delivered);
            world.Sender.Answer = async (_, token) =>
            {
                await Task.Delay(Lanes.Second, world.Time, token);
                return AttemptResult.Delivered();
            };
            var more = await world.SubmitInOrderAsync("k", 2);
            await world.Partition.Replay(new ReplayLetter(ids[0], "me", null, null));
            await world.UntilAsync(ids[0], MessageState.Delivered);
            Assert.Equal([ids[1], ids[2], more[0], more[1], ids[0]], world.Sender.Sent.Skip(1).Select(sent => sent.Id));
            Assert.Equal(1, world.Sender.MostAtOnce);
        });
    }

    [Fact]
    public void With_block_the_others_wait_visibly_until_a_replay_is_delivered()
    {
        using var world = new World(_block);
        world.Run(async () =>
        {
            var ids = await DeadLetterFirstAsync(world);
            await world.Time.AdvanceAsync(TimeSpan.FromHours(1));
            Assert.Single(world.Sender.Sent);
            Assert.Equal(MessageState.Parked, await world.StateAsync(ids[1]));
            var lane = (await world.Lane().Get(10))!;
            Assert.True(lane.Blocked);
            Assert.Equal(ids, lane.Messages);
            Assert.Equal(lane.BlockedSince, (await world.Lane().Find(ids[2]))!.BlockedSince);

            // A replay that fails once more leaves everything as it is.
            await world.Partition.Replay(new ReplayLetter(ids[0], "me", null, null));
            await world.UntilAsync(async () => (await world.Letters.GetAsync(ids[0]))!.DlqRetryCount == 1, "it failed again");
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(11));
            Assert.Equal(2, world.Sender.Sent.Count);

            // With an edited payload it is taken.
            await world.Partition.Replay(new ReplayLetter(ids[0], "me", Payload.Parse("""{"n":7}"""), null));
            await world.UntilAsync(ids[2], MessageState.Delivered, Lanes.Second * 5);
            Assert.Equal([ids[0], ids[0], ids[0], ids[1], ids[2]], world.Sender.Sent.Select(sent => sent.Id));
            Assert.Equal(1, world.Sender.MostAtOnce);
        });
    }

    [Fact]
    public void A_replay_to_another_downstream_frees_the_lane_too()
    {
        using var world = new World(_block, ("Downstreams:other:Kind", "simulated"));
        world.Run(async () =>
        {
            var ids = await DeadLetterFirstAsync(world);
            world.Sender.AnswerWith(null);
            await world.Partition.Replay(new ReplayLetter(ids[0], "me", null, "other"));
            await world.UntilAsync(ids[2], MessageState.Delivered, Lanes.Second * 5);
            Assert.Equal(["default", "other", "default", "default"], world.Sender.Sent.Select(sent => sent.Target));
        });
    }

    [Fact]
    public void A_skip_frees_the_lane_and_leaves_the_letter()
    {
        using var world = new World(_block);
        world.Run(async () =>
        {
            var ids = await DeadLetterFirstAsync(world);
            Assert.Equal(new SkipResult(SkipOutcome.OtherHead, ids[0]), await world.Lane().Skip(ids[1]));
            Assert.Equal(new SkipResult(SkipOutcome.Skipped, ids[0]), await world.Lane().Skip(ids[0]));
            await world.UntilAsync(ids[2], MessageState.Delivered, Lanes.Second * 5);
            Assert.Equal(SkipOutcome.NotBlocked, (await world.Lane().Skip(null)).Outcome);
            Assert.Equal(LetterStatus.Manual, (await world.Letters.GetAsync(ids[0]))!.Status);
            world.Sender.AnswerWith(null);
            await world.Partition.Replay(new ReplayLetter(ids[0], "me", null, null));
            await world.UntilAsync(ids[0], MessageState.Delivered, Lanes.Second * 5);
        });
    }

    [Fact]
    public void What_is_being_replayed_cannot_be_skipped()
    {
        using var world = new World(_block);
        world.Run(async () =>
        {
            var ids = await DeadLetterFirstAsync(world);
            var answer = new TaskCompletionSource<AttemptResult>();
            world.Sender.Answer = (_, _) => answer.Task;
            await world.Partition.Replay(new ReplayLetter(ids[0], "me", null, null));
            await world.UntilAsync(ids[0], MessageState.Processing);
            Assert.Equal(SkipOutcome.BeingReplayed, (await world.Lane().Skip(null)).Outcome);
            await world.CrashAndRestartAsync();
            Assert.Equal(SkipOutcome.BeingReplayed, (await world.Lane().Skip(null)).Outcome);
            world.Sender.AnswerWith(null);
            await world.UntilAsync(ids[2], MessageState.Delivered, TimeSpan.FromMinutes(3));
            Assert.Equal([ids[0], ids[0], ids[0], ids[1], ids[2]], world.Sender.Sent.Select(sent => sent.Id));
        });
    }

    [Fact]
    public void A_lane_that_is_held_up_by_nothing_any_more_goes_on_by_itself()
    {
        using var world = new World(_block, ("Ordering:RecheckMs", "60000"));
        world.Run(async () =>
        {
            var ids = await DeadLetterFirstAsync(world);
            await world.CrashAndRestartAsync();
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(5));
            Assert.Single(world.Sender.Sent);
            // Somebody changed the letter and could not tell the lane.
            var letter = (await world.Letters.GetAsync(ids[0]))!;
            await world.Letters.PutAsync(0, letter with { Status = LetterStatus.Resolved }, letter.Version);
            await world.UntilAsync(ids[2], MessageState.Delivered, TimeSpan.FromMinutes(2));
        });
    }

    [Fact]
    public void A_message_behind_a_dead_letter_still_expires_and_can_be_cancelled()
    {
        using var world = new World(_block);
        world.Run(async () =>
        {
            var ids = await DeadLetterFirstAsync(world, 2);
            var expiring = await world.SubmitAsync(Lanes.Ordered("k", 5) with { ExpiresAt = world.Now.AddSeconds(30) });
            await world.UntilAsync(expiring, MessageState.Expired, TimeSpan.FromSeconds(32));
            Assert.Equal(CancelOutcome.Cancelled, (await world.Message(ids[1]).Cancel()).Outcome);
            await world.UntilAsync(async () => (await world.Lane().Get(10))!.Length == 1, "only the dead letter is left");
        });
    }
}
