using DlqCluster.Ledger;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>More messages than there is room for at a gate: what waits, waits in the ledger, once.</summary>
public sealed class CrowdTests
{
    private const int Count = 200;
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Fact]
    public void What_comes_to_a_crowded_gate_is_accepted_straight_into_the_ledger()
    {
        using var world = new World(("Delivery:MaxWaiting", "10"));
        var shut = new HeldAnswers();
        Block(world, shut);
        world.Run(async () =>
        {
            world.UseOneSilo();
            var ids = new List<MessageId>();
            for (var i = 0; i < 100; i++) ids.Add(await world.SubmitAsync());
            var lanes = (await world.Ledger.AllAsync()).CountBy(static entry => entry.Lane).ToDictionary();
            // Those on their way and those that wait at the gate; it fills up to half.
            Assert.Equal(64 + 5, lanes[LedgerLanes.Active]);
            Assert.Equal(100 - 64 - 5, lanes[LedgerLanes.Waiting("default")]);
            shut.Release(100);
            foreach (var id in ids) await world.UntilAsync(id, MessageState.Delivered);
            Assert.Equal(100, world.Sender.Sent.Count);
        });
    }

    [Fact]
    public void What_is_urgent_goes_past_a_crowd()
    {
        using var world = new World(("Downstreams:default:MaxConcurrency", "1"), ("Delivery:MaxWaiting", "10"));
        var shut = new HeldAnswers();
        Block(world, shut);
        world.Run(async () =>
        {
            world.UseOneSilo();
            for (var i = 0; i < 20; i++) await world.SubmitAsync();
            var urgent = await world.SubmitAsync(World.Simple() with { Priority = MessagePriority.Critical });
            shut.Release(2);
            await world.UntilAsync(urgent, MessageState.Delivered);
            Assert.InRange(world.Sender.Sent.Count, 2, 3);
            shut.Release(20);
        });
    }

    [Fact]
    public void What_is_due_while_no_gate_has_room_stays_where_it_is_but_for_a_few_an_interval()
    {
        using var world = new World(
            ("Downstreams:default:MaxConcurrency", "1"), ("Delivery:MaxWaiting", "10"), ("Ledger:PollIntervalMs", "1000"), ("Ledger:MinBatchSize", "3"));
        var shut = new HeldAnswers();
        Block(world, shut);
        world.Run(async () =>
        {
            var due = world.Now.AddMinutes(1);
            for (var i = 0; i < Count; i++) await world.SubmitAsync(World.Simple() with { DeliverAt = due });
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(1) + (5 * _second));
            var scheduled = (await world.Ledger.AllAsync()).Count(static entry => entry.Lane == LedgerLanes.Scheduled);
            Assert.InRange(scheduled, Count - 50, Count - 10);
            shut.Release(Count);
            await world.Time.AdvanceAsync(30 * _second);
            Assert.Equal(Count, world.Sender.Sent.Count);
        });
    }

    [Fact]
    public void A_lane_that_always_has_something_due_does_not_keep_the_others_from_being_tried()
    {
        using var world = new World(
            ("Downstreams:default:MaxConcurrency", "1"), ("Delivery:MaxWaiting", "1"), ("Ledger:MinBatchSize", "1"), ("Partitions:Count", "1"));
        var shut = new HeldAnswers();
        Block(world, shut);
        world.Run(async () =>
        {
            world.UseOneSilo();
            await world.SubmitAsync();
            await world.SubmitAsync();
            // Entries without a message, and a message that is due behind them in another lane.
            for (var i = 0; i < 1_000; i++) await world.Ledger.PutAsync(new LedgerEntry(0, world.NewId(), LedgerLanes.Active, world.Now));
            var id = await world.SubmitAsync(World.Simple() with { DeliverAt = world.Now.AddSeconds(5) });
            await world.Time.AdvanceAsync(10 * _second);
            Assert.Equal(LedgerLanes.Waiting("default"), (await world.Ledger.AllAsync()).Single(entry => entry.MessageId == id).Lane);
            shut.Release(3);
            await world.UntilAsync(id, MessageState.Delivered);
        });
    }

    [Fact]
    public void As_long_as_a_gate_lets_out_it_is_not_kept_waiting_for_what_is_in_the_ledger()
    {
        // Five at a time, every 50 ms and not every two seconds.
        using var world = new World(
            ("Downstreams:default:MaxConcurrency", "5"), ("Delivery:MaxWaiting", "10"), ("Ledger:PollIntervalMs", "2000"), ("Ledger:BusyPollIntervalMs", "50"));
        world.Run(async () =>
        {
            var due = world.Now.AddMinutes(1);
            for (var i = 0; i < Count; i++) await world.SubmitAsync(World.Simple() with { DeliverAt = due });
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(1) + (10 * _second));
            Assert.Equal(Count, world.Sender.Sent.Count);
        });
    }

    private static void Block(World world, HeldAnswers shut) => world.Sender.Answer = async (_, _) =>
    {
        await shut.WaitAsync();
        return AttemptResult.Delivered();
    };
}
