using DlqCluster.Ledger;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Engine.Ordering;

/// <summary>Messages with an ordering key on the engine: DE8.</summary>
[Trait("Spec", "DE8")]
public sealed class OrderingTests
{
    [Fact]
    public void Each_key_keeps_its_order_through_retries_and_never_has_two_under_way()
    {
        using var world = new World(("Retry:MaxRetries", "20"));
        var random = new Random(11);
        var underWay = new Dictionary<string, int>();
        world.Sender.Answer = async (message, token) =>
        {
            var key = message.Envelope.OrderingKey!;
            Assert.Equal(1, underWay[key] = underWay.GetValueOrDefault(key) + 1);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 20)), world.Time, token);
            underWay[key]--;
            return ScriptedSender.Result(random.Next(5) == 0 ? ErrorType.Server : null);
        };
        world.Run(async () =>
        {
            var keys = await Task.WhenAll(Enumerable.Range(0, 10).Select(key => world.SubmitInOrderAsync($"key {key}", 30)));
            foreach (var ids in keys) await world.UntilAsync(ids[^1], MessageState.Delivered);
            foreach (var ids in keys) world.AssertOrder(ids);
            Assert.InRange(world.Sender.MostAtOnce, 5, 10);
        });
    }

    [Fact]
    public void A_stuck_key_holds_up_nobody_else()
    {
        using var world = new World();
        world.Sender.Answer = (message, token) =>
            message.Envelope.OrderingKey == "stuck" ? new TaskCompletionSource<AttemptResult>().Task.WaitAsync(token) : Task.FromResult(AttemptResult.Delivered());
        world.Run(async () =>
        {
            var stuck = await world.SubmitInOrderAsync("stuck", 3);
            var other = await world.SubmitInOrderAsync("other", 3);
            var plain = await world.SubmitAsync();
            await world.UntilAsync(other[2], MessageState.Delivered, Lanes.Second);
            await world.UntilAsync(plain, MessageState.Delivered, Lanes.Second);
            Assert.Equal([MessageState.Processing, MessageState.Pending, MessageState.Pending], await Task.WhenAll(stuck.Select(async id => (await world.StateAsync(id))!.Value)));
            await world.Message(stuck[0]).Cancel();
            await world.UntilAsync(stuck[1], MessageState.Processing, Lanes.Second);
        });
    }

    [Fact]
    public void The_same_key_to_two_downstreams_is_two_lanes()
    {
        using var world = new World(("Downstreams:other:Kind", "simulated"));
        world.Sender.Answer = (_, token) => new TaskCompletionSource<AttemptResult>().Task.WaitAsync(token);
        world.Run(async () =>
        {
            var one = await world.SubmitAsync(Lanes.Ordered("k"));
            var other = await world.SubmitAsync(Lanes.Ordered("k") with { Target = "other" });
            await world.UntilAsync(one, MessageState.Processing, Lanes.Second);
            await world.UntilAsync(other, MessageState.Processing, Lanes.Second);
            await world.Message(one).Cancel();
            await world.Message(other).Cancel();
        });
    }

    [Fact]
    public void What_waits_behind_others_holds_no_activation_and_an_empty_lane_costs_nothing()
    {
        using var world = new World();
        var answer = new TaskCompletionSource<AttemptResult>();
        world.Sender.Answer = (_, _) => answer.Task;
        world.Run(async () =>
        {
            var ids = await world.SubmitInOrderAsync("k", 200);
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(1));
            Assert.True(await world.Grains.GetGrain<IManagementGrain>(0).GetTotalActivationCount() < 20 * world.Silos.Count);
            Assert.Equal(199, (await world.Ledger.AllAsync()).Count(entry => entry.Lane == LedgerLanes.Held));
            answer.SetResult(AttemptResult.Delivered());
            await world.UntilAsync(ids[^1], MessageState.Delivered);
            world.AssertOrder(ids);
            Assert.Equal(200, world.Sender.Sent.Count);
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(5));
            Assert.Equal(default, await world.Ordering.CountAsync());
            Assert.True(await world.Grains.GetGrain<IManagementGrain>(0).GetTotalActivationCount() < 20 * world.Silos.Count);
        });
    }

    [Fact]
    public void A_lane_that_is_full_refuses_and_leaves_no_trace()
    {
        using var world = new World(("Ordering:MaxLaneLength", "3"));
        var answer = new TaskCompletionSource<AttemptResult>();
        world.Sender.Answer = (_, _) => answer.Task;
        world.Run(async () =>
        {
            var ids = await world.SubmitInOrderAsync("k", 3);
            var id = world.NewId();
            var submit = new SubmitMessage(Lanes.Ordered("k", 3), "same");
            Assert.Equal(SubmitOutcome.LaneFull, (await world.Message(id).Submit(submit)).Outcome);
            Assert.Null(await world.Message(id).Get());
            Assert.DoesNotContain(await world.Ledger.AllAsync(), entry => entry.MessageId == id);
            Assert.Equal(SubmitOutcome.Duplicate, (await world.Message(ids[2]).Submit(new SubmitMessage(Lanes.Ordered("k", 2), "hash"))).Outcome);
            answer.SetResult(AttemptResult.Delivered());
            await world.UntilAsync(ids[2], MessageState.Delivered);
            Assert.Equal(SubmitOutcome.Accepted, (await world.Message(id).Submit(submit)).Outcome);
            await world.UntilAsync(id, MessageState.Delivered);
            world.AssertOrder([.. ids, id]);
        });
    }

    [Fact]
    public void Whoever_is_cancelled_or_expires_in_the_queue_is_passed_over()
    {
        using var world = new World();
        world.Sender.AnswerInTurn(ErrorType.Server, ErrorType.Server, null);
        world.Run(async () =>
        {
            var first = await world.SubmitAsync(Lanes.Ordered("k", 0));
            var cancelled = await world.SubmitAsync(Lanes.Ordered("k", 1));
            var expiring = await world.SubmitAsync(Lanes.Ordered("k", 2) with { ExpiresAt = world.Now.AddSeconds(2) });
            var last = await world.SubmitAsync(Lanes.Ordered("k", 3));
            Assert.Equal(CancelOutcome.Cancelled, (await world.Message(cancelled).Cancel()).Outcome);
            await world.UntilAsync(expiring, MessageState.Expired, Lanes.Second * 3);
            Assert.Equal(MessageState.Retrying, await world.StateAsync(first));
            await world.UntilAsync(last, MessageState.Delivered);
            Assert.Equal([first, first, first, last], world.Sender.Sent.Select(sent => sent.Id));
        });
    }

    [Fact]
    public void A_scheduled_message_takes_its_place_when_its_time_has_come()
    {
        using var world = new World();
        world.Sender.Answer = async (_, token) =>
        {
            await Task.Delay(Lanes.Second * 4, world.Time, token);
            return AttemptResult.Delivered();
        };
        world.Run(async () =>
        {
            var later = await world.SubmitAsync(Lanes.Ordered("k", 0) with { DeliverAt = world.Now.AddSeconds(10) });
            var ids = await world.SubmitInOrderAsync("k", 4);
            Assert.Equal(MessageState.Scheduled, await world.StateAsync(later));
            await world.UntilAsync(later, MessageState.Delivered);
            world.AssertOrder([.. ids, later]);
        });
    }

    [Fact]
    public void A_repeated_submit_finds_its_place_and_takes_no_second_one()
    {
        using var world = new World();
        world.Run(async () =>
        {
            await world.SetPausedAsync(true);
            var ids = await world.SubmitInOrderAsync("k", 3);
            foreach (var id in ids.Concat(ids))
                Assert.Equal(SubmitOutcome.Duplicate, (await world.Message(id).Submit(new SubmitMessage(Lanes.Ordered("k"), "hash"))).Outcome);
            Assert.Equal(ids, (await world.Lane().Get(10))!.Messages);
            await world.SetPausedAsync(false);
            await world.UntilAsync(ids[2], MessageState.Delivered);
            world.AssertOrder(ids);
            Assert.Equal(3, world.Sender.Sent.Count);
        });
    }

    [Fact]
    public void A_full_gate_does_not_mix_up_the_order()
    {
        using var world = new World(("Downstreams:default:MaxConcurrency", "2"), ("Delivery:MaxWaiting", "4"));
        world.Sender.Answer = async (_, token) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(30), world.Time, token);
            return AttemptResult.Delivered();
        };
        world.Run(async () =>
        {
            var keys = await Task.WhenAll(Enumerable.Range(0, 30).Select(key => world.SubmitInOrderAsync($"key {key}", 5)));
            foreach (var ids in keys) await world.UntilAsync(ids[^1], MessageState.Delivered);
            foreach (var ids in keys) world.AssertOrder(ids);
            Assert.Equal(150, world.Sender.Sent.Count);
        });
    }

    [Fact]
    public void Priorities_order_keys_and_not_the_messages_of_a_key()
    {
        using var world = new World();
        world.Run(async () =>
        {
            await world.SetPausedAsync(true);
            var low = await world.SubmitAsync(Lanes.Ordered("k", 0) with { Priority = MessagePriority.Low });
            var critical = await world.SubmitAsync(Lanes.Ordered("k", 1) with { Priority = MessagePriority.Critical });
            await world.SetPausedAsync(false);
            await world.UntilAsync(critical, MessageState.Delivered);
            world.AssertOrder([low, critical]);
        });
    }
}
