using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using DlqCluster.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>Messages on the engine: IN1, IN2, IN5, DE3, DE4, DE7, DE9, DE11.</summary>
public sealed class MessageGrainTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_message_is_delivered_once_and_becomes_a_receipt()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var id = await world.SubmitAsync(World.Simple("""{"n":1}"""));
            await world.UntilAsync(id, MessageState.Delivered);
            var sent = Assert.Single(world.Sender.Sent);
            Assert.Equal("""{"n":1}""", sent.Envelope.Payload.ToString());
            var receipt = Assert.Single(await world.Ledger.AllAsync());
            Assert.Equal(Ledger.LedgerLanes.Receipt, receipt.Lane);
        });
    }

    [Fact]
    public void A_submit_is_acknowledged_only_when_both_halves_are_durable()
    {
        using var world = new World();
        world.Run(async () =>
        {
            foreach (var half in new[] { "state.write", "ledger.put" })
            {
                var failing = true;
                Task Fail(string operation) => failing && operation == half ? throw new StorageUnavailableException("full") : Task.CompletedTask;
                world.States.Before = world.Ledger.Before = Fail;
                var id = world.NewId();
                var submit = new SubmitMessage(World.Simple(), "same");
                await Assert.ThrowsAsync<StorageUnavailableException>(() => world.Message(id).Submit(submit));
                failing = false;

                // A repeat completes whatever half is missing.
                var again = await world.Message(id).Submit(submit);
                Assert.NotEqual(SubmitOutcome.Conflict, again.Outcome);
                Assert.Contains(await world.Ledger.AllAsync(), entry => entry.MessageId == id);
                await world.UntilAsync(id, MessageState.Delivered);
            }

            Assert.Equal(2, world.Sender.Sent.Count);
        });
    }

    [Fact]
    public void A_write_that_happened_though_its_caller_was_told_otherwise_makes_no_second_message()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var failing = true;
            world.States.After = operation => failing && operation == "state.write" ? throw new StorageUnavailableException("late") : Task.CompletedTask;
            var id = world.NewId();
            var submit = new SubmitMessage(World.Simple(), "same");
            await Assert.ThrowsAsync<StorageUnavailableException>(() => world.Message(id).Submit(submit));
            failing = false;
            Assert.Equal(SubmitOutcome.Duplicate, (await world.Message(id).Submit(submit)).Outcome);
            await world.UntilAsync(id, MessageState.Delivered);
            Assert.Single(world.Sender.Sent);
        });
    }

    [Fact]
    public void One_key_is_one_message_also_when_requests_race()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var id = MessageId.Derive("shop", "order-1");
            var submit = new SubmitMessage(World.Simple(), "same");
            var results = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => world.Message(id).Submit(submit)));
            Assert.Single(results, result => result.Outcome == SubmitOutcome.Accepted);
            Assert.Equal(63, results.Count(result => result.Outcome == SubmitOutcome.Duplicate));
            await world.UntilAsync(id, MessageState.Delivered);
            Assert.Equal(SubmitOutcome.Duplicate, (await world.Message(id).Submit(submit)).Outcome);
            Assert.Equal(SubmitOutcome.Conflict, (await world.Message(id).Submit(submit with { RequestHash = "other" })).Outcome);
            Assert.Single(world.Sender.Sent);
        });
    }

    [Fact]
    [Trait("Passes", "hours")]
    public void A_key_is_forgotten_after_its_window()
    {
        using var world = new World(("Idempotency:Window", "01:00:00"));
        world.Run(async () =>
        {
            var id = MessageId.Derive(null, "k");
            var submit = new SubmitMessage(World.Simple(), "same");
            await world.Message(id).Submit(submit);
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(59));
            Assert.Equal(SubmitOutcome.Duplicate, (await world.Message(id).Submit(submit)).Outcome);
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(2));
            Assert.Null(await world.Message(id).Get());
            Assert.Empty(await world.Ledger.AllAsync());
            Assert.Equal(SubmitOutcome.Accepted, (await world.Message(id).Submit(submit)).Outcome);
        });
    }

    [Fact]
    public void Retries_follow_the_policy_and_then_the_message_is_dead_lettered()
    {
        using var world = new World();
        world.Sender.AnswerWith(ErrorType.Server);
        world.Run(async () =>
        {
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, MessageState.DeadLettered);
            var gaps = world.Sender.Sent.Zip(world.Sender.Sent.Skip(1), (a, b) => Math.Round((b.At - a.At).TotalSeconds, 1));
            Assert.Equal([1, 2, 4], gaps);
            Assert.Equal([1, 2, 3, 4], world.Sender.Sent.Select(sent => sent.Attempt));
            var letter = await world.Letters.GetAsync(id);
            Assert.Equal(4, letter!.RetryCount);
            Assert.Equal(LetterStatus.Pending, letter.Status);
        });
    }

    [Fact]
    public void A_permanent_failure_goes_to_the_dead_letters_at_once()
    {
        using var world = new World();
        world.Sender.AnswerWith(ErrorType.Validation);
        world.Run(async () =>
        {
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, MessageState.DeadLettered, _second);
            Assert.Single(world.Sender.Sent);
            Assert.Equal(LetterStatus.Manual, (await world.Letters.GetAsync(id))!.Status);
        });
    }

    [Fact]
    public void A_sender_that_throws_is_counted_like_any_other_failure()
    {
        using var world = new World();
        world.Sender.Answer = static (_, _) => throw new InvalidOperationException("a bug");
        world.Run(async () =>
        {
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, MessageState.DeadLettered);
            Assert.Equal(4, world.Sender.Sent.Count);
            Assert.Equal(ErrorType.Unknown, (await world.Letters.GetAsync(id))!.ErrorType);
        });
    }

    [Fact]
    [Trait("Passes", "hours")]
    public void A_scheduled_message_holds_no_activation_and_goes_within_a_second_of_its_time()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var due = world.Now.AddHours(1);
            var ids = new List<MessageId>();
            for (var i = 0; i < 1_000; i++) ids.Add(await world.SubmitAsync(World.Simple() with { DeliverAt = due.AddSeconds(i) }));
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(20));
            Assert.True(await world.Grains.GetGrain<IManagementGrain>(0).GetTotalActivationCount() < 20 * world.Silos.Count);
            await world.Time.AdvanceAsync(TimeSpan.FromHours(1));
            Assert.Equal(1_000, world.Sender.Sent.Count);
            Assert.All(world.Sender.Sent, sent =>
            {
                var promised = due.AddSeconds(ids.IndexOf(sent.Id));
                Assert.InRange(sent.At, promised, promised + _second);
            });
        });
    }

    [Fact]
    public void A_due_time_that_had_already_passed_when_it_was_written_is_found()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var id = await world.SubmitAsync(World.Simple() with { DeliverAt = world.Now.AddDays(1) });
            await world.Ledger.PutAsync(new(0, id, Ledger.LedgerLanes.Scheduled, world.Now.AddDays(-2)));
            await world.Time.AdvanceAsync(_second);
            // It was woken, saw that it is too early, and went back with its own time.
            Assert.Empty(world.Sender.Sent);
            Assert.Equal(world.Now.AddDays(1), (await world.Ledger.AllAsync()).Single().Due, _second * 2);
            Assert.Equal(0, world.Services.GetRequiredService<IQueueStatus>().Current.GreatestLatenessMs);
        });
    }

    [Fact]
    public void A_message_that_expires_is_never_sent()
    {
        using var world = new World();
        world.Sender.AnswerWith(ErrorType.Server);
        world.Run(async () =>
        {
            var id = await world.SubmitAsync(World.Simple() with { ExpiresAt = world.Now.AddSeconds(2) });
            await world.UntilAsync(id, MessageState.Expired);
            Assert.Equal(2, world.Sender.Sent.Count);
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(5));
            Assert.Equal(2, world.Sender.Sent.Count);
        });
    }

    [Fact]
    public void A_cancel_ends_what_waits_and_what_is_on_its_way()
    {
        using var world = new World();
        world.Sender.Answer = static async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return AttemptResult.Delivered();
        };
        world.Run(async () =>
        {
            var scheduled = await world.SubmitAsync(World.Simple() with { DeliverAt = world.Now.AddHours(1) });
            var sending = await world.SubmitAsync();
            await world.UntilAsync(sending, MessageState.Processing);
            foreach (var id in new[] { scheduled, sending })
            {
                Assert.Equal(CancelOutcome.Cancelled, (await world.Message(id).Cancel()).Outcome);
                Assert.Equal(CancelOutcome.AlreadyEnded, (await world.Message(id).Cancel()).Outcome);
            }

            await world.Time.AdvanceAsync(TimeSpan.FromHours(2));
            Assert.Single(world.Sender.Sent);
            Assert.Equal(CancelOutcome.NotFound, (await world.Message(world.NewId()).Cancel()).Outcome);
        });
    }

    [Fact]
    public void A_delivery_that_could_not_be_recorded_is_recorded_later_and_not_sent_again()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var storageIsDown = false;
            world.States.Before = operation => storageIsDown && operation == "state.write" ? throw new StorageUnavailableException("full") : Task.CompletedTask;
            world.Sender.Answer = (_, _) =>
            {
                storageIsDown = true;
                return Task.FromResult(AttemptResult.Delivered());
            };
            var id = await world.SubmitAsync();
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(20));
            storageIsDown = false;
            await world.UntilAsync(id, MessageState.Delivered);
            Assert.Single(world.Sender.Sent);
        });
    }

    [Fact]
    public void A_long_backoff_waits_in_the_ledger_and_not_in_memory()
    {
        using var world = new World(("Delivery:MaxTimerWaitMs", "5000"), ("Retry:BaseBackoffMs", "600000"), ("Retry:MaxBackoffMs", "600000"));
        world.Sender.AnswerInTurn(ErrorType.Server, null);
        world.Run(async () =>
        {
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, MessageState.Retrying);
            await world.Time.AdvanceAsync(_second);
            Assert.Equal(Ledger.LedgerLanes.Scheduled, (await world.Ledger.AllAsync()).Single().Lane);
            await world.UntilAsync(id, MessageState.Delivered, TimeSpan.FromMinutes(11));
        });
    }
}
