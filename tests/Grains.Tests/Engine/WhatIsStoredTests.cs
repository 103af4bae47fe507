using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Ledger;
using DlqCluster.Messages;
using DlqCluster.Storage;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>What is only about to be stored, what was read long ago and what has not been read yet: nothing is done on the strength of it.</summary>
public sealed class WhatIsStoredTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_cancel_that_is_being_stored_is_told_to_nobody_and_where_that_fails_the_message_goes_on()
    {
        using var world = new World(("Retry:MaxRetries", "1"), ("Retry:BaseBackoffMs", "2000"));
        world.Sender.AnswerInTurn(ErrorType.Server, ErrorType.Server, ErrorType.Server, null);
        world.Run(async () =>
        {
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, LetterStatus.Pending);
            Assert.Equal(ReplayOutcome.Started, (await world.Partition.Replay(new ReplayLetter(id, "ann", null, null))).Outcome);
            await world.UntilAsync(id, MessageState.Retrying);
            var answer = new TaskCompletionSource();
            world.States.Before = operation => operation == "state.write" ? answer.Task : Task.CompletedTask;
            var cancelling = world.Message(id).Cancel();
            await world.Time.AdvanceAsync(_second * 3);
            Assert.Equal(MessageState.Retrying, await world.StateAsync(id));
            Assert.Equal(LetterStatus.Processing, (await world.Letters.GetAsync(id))!.Status);
            Assert.Equal(3, world.Sender.Sent.Count);

            world.States.Before = null;
            answer.SetException(new StorageUnavailableException("full"));
            await Assert.ThrowsAsync<StorageUnavailableException>(() => cancelling);
            await world.UntilAsync(id, LetterStatus.Resolved, TimeSpan.FromMinutes(1));
            Assert.Equal(4, world.Sender.Sent.Count);
        });
    }

    [Fact]
    public void A_message_that_waited_at_the_gate_while_its_cancel_was_being_stored_is_not_sent()
    {
        using var world = new World();
        world.Run(async () =>
        {
            await world.Breaker().Force(new ForceBreaker(BreakerMode.ForcedOpen, "later", "ann", null));
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, MessageState.Parked);
            var answer = new TaskCompletionSource();
            world.States.Before = operation => operation == "state.write" && !answer.Task.IsCompleted ? answer.Task : Task.CompletedTask;
            var cancelling = world.Message(id).Cancel();
            await world.Time.AdvanceAsync(_second);
            world.States.Before = null;
            await world.Breaker().Force(new ForceBreaker(BreakerMode.Auto, "now", "ann", null));
            await world.Time.AdvanceAsync(_second * 2);
            Assert.Empty(world.Sender.Sent);
            answer.SetResult();
            Assert.Equal(CancelOutcome.Cancelled, (await cancelling).Outcome);
            await world.Time.AdvanceAsync(_second * 10);
            Assert.Empty(world.Sender.Sent);
        });
    }

    [Fact]
    public void An_activation_that_sat_idle_reads_again_before_it_sends()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var id = world.NewId();
            world.Ledger.Before = static operation => operation == "ledger.put" ? throw new StorageUnavailableException("full") : Task.CompletedTask;
            await Assert.ThrowsAsync<StorageUnavailableException>(() => world.Message(id).Submit(new SubmitMessage(World.Simple(), "hash")));
            world.Ledger.Before = null;
            // Another silo, that takes this one for dead, has the message meanwhile.
            var grain = GrainId.Create("message", id.Value);
            var elsewhere = new GrainState<MessageRecord>();
            await world.States.ReadStateAsync("message", grain, elsewhere);
            elsewhere.State = MessageLifecycle.End(elsewhere.State!, MessageState.Cancelled, world.Now);
            await world.States.WriteStateAsync("message", grain, elsewhere);
            await world.Time.AdvanceAsync(_second * 2);
            await world.Message(id).Wake();
            await world.Time.AdvanceAsync(_second * 5);
            Assert.Empty(world.Sender.Sent);
            Assert.Equal(MessageState.Cancelled, await world.StateAsync(id));
        });
    }

    [Fact]
    public void A_breaker_that_hears_of_a_silo_for_the_first_time_looks_whether_the_one_that_it_asked_until_now_has_opened()
    {
        using var world = new World();
        world.Run(async () =>
        {
            await world.Breaker().Report(new BreakerReport { Silo = "here", Sequence = 1 });
            await world.Time.AdvanceAsync(_second * 2);
            await world.Breaker().Report(new BreakerReport { Silo = "here", Sequence = 2 });
            var grain = GrainId.Create("breaker", "default");
            var elsewhere = new GrainState<BreakerRecord>();
            await world.States.ReadStateAsync("breaker", grain, elsewhere);
            elsewhere.State = CircuitBreaker.Open(new BreakerRecord(), "all failed", world.Now);
            await world.States.WriteStateAsync("breaker", grain, elsewhere);
            await world.Time.AdvanceAsync(_second * 2);

            // Who has always asked here is no news; who comes from there is.
            Assert.Equal(BreakerState.Closed, (await world.Breaker().Report(new BreakerReport { Silo = "here", Sequence = 3 })).State);
            Assert.Equal(BreakerState.Open, (await world.Breaker().Report(new BreakerReport { Silo = "there", Sequence = 1 })).State);
            Assert.Equal(BreakerState.Open, (await world.Breaker().Report(new BreakerReport { Silo = "here", Sequence = 4 })).State);
        });
    }

    [Fact]
    public void A_message_that_another_silo_has_accepted_since_is_not_dropped_from_the_ledger()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var id = world.NewId();
            Assert.Null(await world.Message(id).Get());
            var elsewhere = new GrainState<MessageRecord>(MessageLifecycle.Accept(new SubmitMessage(World.Simple(), "hash"), world.Now));
            await world.States.WriteStateAsync("message", GrainId.Create("message", id.Value), elsewhere);
            await world.Ledger.PutAsync(new LedgerEntry(0, id, LedgerLanes.Active, world.Now));
            await world.UntilAsync(id, MessageState.Delivered);
            Assert.Single(world.Sender.Sent);
        });
    }

    [Fact]
    public void An_activation_that_sat_idle_reads_again_before_it_says_that_it_knows_nothing_of_a_replay()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var id = world.NewId();
            Assert.Null(await world.Message(id).Get());
            var replay = new ReplayMessage(1, World.Simple());
            var elsewhere = new GrainState<MessageRecord>(MessageLifecycle.Replay(null, replay, world.Now));
            await world.States.WriteStateAsync("message", GrainId.Create("message", id.Value), elsewhere);
            Assert.Equal(ReplayProgress.UnderWay, await world.Message(id).GetReplayProgress(1));
        });
    }

    [Fact]
    public void An_attempt_that_a_replay_has_overtaken_does_not_count_for_it()
    {
        using var world = new World();
        var shut = new HeldAnswers();
        world.Sender.Answer = async (_, _) =>
        {
            await shut.WaitAsync();
            return AttemptResult.Failed(ErrorType.Server, "HTTP 503");
        };
        world.Run(async () =>
        {
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, MessageState.Processing);
            var grain = GrainId.Create("message", id.Value);
            var elsewhere = new GrainState<MessageRecord>();
            await world.States.ReadStateAsync("message", grain, elsewhere);
            var ended = MessageLifecycle.End(elsewhere.State!, MessageState.DeadLettered, world.Now);
            elsewhere.State = MessageLifecycle.Replay(ended, new ReplayMessage(1, World.Simple()), world.Now);
            await world.States.WriteStateAsync("message", grain, elsewhere);
            Assert.Equal(ReplayProgress.UnderWay, await world.Message(id).GetReplayProgress(1));
            world.Sender.Answer = static (_, _) => Task.FromResult(AttemptResult.Delivered());
            shut.Release();
            await world.UntilAsync(id, MessageState.Delivered);
            var attempt = Assert.Single((await world.Message(id).Get())!.Attempts);
            Assert.Equal((1, 1), (attempt.Generation, attempt.Number));
        });
    }

    [Fact]
    public void A_message_whose_turn_has_come_is_in_the_ledger_before_it_is_sent()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var id = world.NewId();
            var message = new SubmitMessage(World.Simple() with { OrderingKey = "key" }, "hash");
            world.Ledger.Before = static operation => operation == "ledger.put" ? throw new StorageUnavailableException("full") : Task.CompletedTask;
            await Assert.ThrowsAsync<StorageUnavailableException>(() => world.Message(id).Submit(message));
            await world.Time.AdvanceAsync(_second * 10);
            Assert.Empty(world.Sender.Sent);
            world.Ledger.Before = null;
            Assert.Equal(SubmitOutcome.Duplicate, (await world.Message(id).Submit(message)).Outcome);
            await world.UntilAsync(id, MessageState.Delivered);
            Assert.Contains(await world.Ledger.AllAsync(), entry => entry.MessageId == id);
        });
    }

    [Fact]
    public void A_breaker_that_another_silo_has_opened_is_open_here_too_within_ten_seconds()
    {
        using var world = new World();
        world.Run(async () =>
        {
            Assert.Equal(BreakerState.Closed, (await world.Breaker().Report(new BreakerReport { Silo = "a", Sequence = 1 })).State);
            // Another silo has the breaker too for a while, opens it, and is gone: who stays has nothing to write that would show it.
            var elsewhere = new GrainState<BreakerRecord>(CircuitBreaker.Open(new BreakerRecord(), "elsewhere", world.Now));
            await world.States.WriteStateAsync("breaker", GrainId.Create("breaker", "default"), elsewhere);
            await world.Time.AdvanceAsync(_second * 10);
            Assert.Equal(BreakerState.Open, (await world.Breaker().Report(new BreakerReport { Silo = "a", Sequence = 2 })).State);
        });
    }
}
