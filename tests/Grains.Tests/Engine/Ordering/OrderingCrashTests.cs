using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Ordering;
using DlqCluster.Storage;

namespace DlqCluster.Grains.Tests.Engine.Ordering;

/// <summary>Order through crashes and failing stores: DE8.</summary>
[Trait("Spec", "DE8")]
public sealed class OrderingCrashTests
{
    [Fact]
    public void A_place_whose_submit_was_never_acknowledged_holds_nobody_up()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var lost = world.NewId();
            Assert.Equal(LaneTurn.First, (await world.Lane().Join(lost, accepted: false)).Turn);
            var id = await world.SubmitAsync(Lanes.Ordered("k"));
            await world.UntilAsync(id, MessageState.Delivered, TimeSpan.FromMinutes(2));
            Assert.Single(world.Sender.Sent);
        });
    }

    [Fact]
    public void A_lane_that_another_activation_has_changed_is_read_anew()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var answer = new TaskCompletionSource<AttemptResult>();
            world.Sender.Answer = (_, _) => answer.Task;
            var first = await world.SubmitAsync(Lanes.Ordered("k", 0));
            var name = new LaneName("default", "k");
            var known = (await world.Ordering.ReadAsync(name)).Entries[0];
            var foreign = new LaneEntry(known.Sequence + 1, world.NewId());
            Assert.True(await world.Ordering.ChangeAsync(name, new LaneChange(known.Sequence, [], [foreign])));
            var second = await world.SubmitAsync(Lanes.Ordered("k", 1));
            Assert.Equal([first, foreign.MessageId, second], (await world.Lane().Get(10))!.Messages);
            answer.SetResult(AttemptResult.Delivered());
            await world.UntilAsync(second, MessageState.Delivered, Lanes.Second * 5);
        });
    }

    [Fact]
    public void A_replay_does_not_come_by_the_place_that_its_message_had_before_it_ended()
    {
        using var world = new World();
        world.Run(async () =>
        {
            // The first ends, and that it has left is not stored; the second is on its way when the first is replayed.
            var answer = new TaskCompletionSource<AttemptResult>();
            world.Sender.Answer = (message, _) =>
                message.Envelope.Payload.ToString().Contains("\"n\":0", StringComparison.Ordinal) ? Task.FromResult(ScriptedSender.Result(ErrorType.Client)) : answer.Task;
            await world.SetPausedAsync(true);
            var ids = await world.SubmitInOrderAsync("k", 2);
            world.Ordering.Before = operation => operation == "ordering.change" ? throw new StorageUnavailableException("It fails undone.") : Task.CompletedTask;
            await world.SetPausedAsync(false);
            await world.UntilAsync(() => Task.FromResult(world.Sender.Sent.Count == 2), "the second is on its way");
            world.Ordering.Before = null;

            await world.Partition.Replay(new ReplayLetter(ids[0], "me", null, null));
            await world.Time.AdvanceAsync(Lanes.Second * 5);
            Assert.Equal(2, world.Sender.Sent.Count);
            world.Sender.AnswerWith(null);
            answer.SetResult(AttemptResult.Delivered());
            await world.UntilAsync(ids[0], MessageState.Delivered);
            Assert.Equal(1, world.Sender.MostAtOnce);
        });
    }

    [Fact]
    public void A_lane_that_waits_finds_out_that_another_activation_has_let_it_go_on()
    {
        using var world = new World(("Downstreams:default:OnDeadLetter", "block"), ("Ordering:RecheckMs", "20000"));
        world.Run(async () =>
        {
            world.Sender.AnswerWith(ErrorType.Client);
            var first = await world.SubmitAsync(Lanes.Ordered("k", 0));
            await world.UntilAsync(first, MessageState.DeadLettered);
            world.Sender.AnswerWith(null);
            var second = await world.SubmitAsync(Lanes.Ordered("k", 1));
            var name = new LaneName("default", "k");
            var stored = await world.Ordering.ReadAsync(name);
            Assert.NotNull(stored.Block);
            Assert.True(await world.Ordering.ChangeAsync(name, new LaneChange(stored.Entries[^1].Sequence, [stored.Entries[0]], [])));
            await world.UntilAsync(second, MessageState.Delivered, TimeSpan.FromMinutes(2));
        });
    }
}
