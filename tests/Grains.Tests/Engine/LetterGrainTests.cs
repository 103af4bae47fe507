using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using DlqCluster.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>Dead letters on the engine: DQ1, DQ5, DQ7, DQ7b, DQ9.</summary>
public sealed class LetterGrainTests
{
    internal static async Task<MessageId> DeadLetterAsync(World world, ErrorType type, Envelope? envelope = null)
    {
        world.Sender.AnswerWith(type);
        var id = await world.SubmitAsync((envelope ?? World.Simple()) with { Retry = new() { MaxRetries = 0 } });
        await world.UntilAsync(id, MessageState.DeadLettered);
        return id;
    }

    [Fact]
    public void The_immediate_schedule_replays_after_1_5_15_30_and_60_minutes_and_then_gives_up()
    {
        using var world = new World([("Dlq:PollIntervalMs", "1000"), .. World.Patient]);
        world.Run(async () =>
        {
            var id = await DeadLetterAsync(world, ErrorType.Server);
            var letter = await world.UntilAsync(id, LetterStatus.Failed);
            var gaps = world.Sender.Sent.Zip(world.Sender.Sent.Skip(1), (a, b) => Math.Round((b.At - a.At).TotalMinutes));
            Assert.Equal([1, 5, 15, 30, 60], gaps);
            Assert.Equal(5, letter.DlqRetryCount);
            await world.IdleAsync(TimeSpan.FromDays(2));
            Assert.Equal(6, world.Sender.Sent.Count);
        });
    }

    [Fact]
    public void A_replay_that_is_delivered_resolves_the_letter_for_good()
    {
        using var world = new World([("Dlq:PollIntervalMs", "1000"), .. World.Patient]);
        world.Run(async () =>
        {
            var id = await DeadLetterAsync(world, ErrorType.Server);
            world.Sender.AnswerWith(null);
            var letter = await world.UntilAsync(id, LetterStatus.Resolved);
            Assert.True(letter.ReplayAttempts.Single().Delivered);
            Assert.Equal(ReplayOutcome.AlreadyResolved, (await world.Partition.Replay(new ReplayLetter(id, "me", null, null))).Outcome);
            await world.IdleAsync(TimeSpan.FromDays(1));
            Assert.Equal(2, world.Sender.Sent.Count);
        });
    }

    [Fact]
    public void The_conditional_schedule_waits_until_the_breaker_has_been_closed_for_a_minute()
    {
        using var world = new World([.. World.Patient, ("Dlq:PollIntervalMs", "1000")]);
        world.Run(async () =>
        {
            var id = await DeadLetterAsync(world, ErrorType.Network);
            Assert.Equal(ReplayStrategy.Conditional, (await world.Letters.GetAsync(id))!.Strategy);
            await world.Breaker().Force(new ForceBreaker(BreakerMode.ForcedOpen, "down", "me", null));
            world.Sender.AnswerWith(null);
            await world.Time.AdvanceAsync(TimeSpan.FromHours(5));
            Assert.Single(world.Sender.Sent);
            var closedAt = world.Now;
            await world.Breaker().Force(new ForceBreaker(BreakerMode.Auto, "up again", "me", null));
            await world.UntilAsync(id, LetterStatus.Resolved);
            Assert.InRange((world.Sender.Sent[^1].At - closedAt).TotalSeconds, 60, 64);
        });
    }

    [Fact]
    public void A_manual_replay_sends_exactly_one_copy_with_the_edit_and_replaces_the_planned_one()
    {
        using var world = new World([("Dlq:PollIntervalMs", "1000"), .. World.Patient]);
        world.Run(async () =>
        {
            var id = await DeadLetterAsync(world, ErrorType.Server, World.Simple("""{"wrong":true}"""));
            world.Sender.AnswerWith(null);
            var replays = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
                world.Partition.Replay(new ReplayLetter(id, "me", Payload.Parse("""{"right":true}"""), null))));
            Assert.Single(replays, replay => replay.Outcome == ReplayOutcome.Started);
            var letter = await world.UntilAsync(id, LetterStatus.Resolved);
            Assert.Equal("""{"wrong":true}""", letter.OriginalMessage.Payload.ToString());
            Assert.Equal("""{"right":true}""", letter.ReplayAttempts.Single().Payload!.Value.ToString());
            await world.IdleAsync(TimeSpan.FromHours(3));
            Assert.Equal("""{"right":true}""", Assert.Single(world.Sender.Sent.Skip(1)).Envelope.Payload.ToString());
            Assert.Equal(world.Sender.Sent[0].Id, world.Sender.Sent[1].Id);
        });
    }

    [Theory]
    [InlineData("letter.put", true)]
    [InlineData("letter.put", false)]
    [InlineData("state.write", true)]
    [InlineData("state.write", false)]
    public void Storage_that_fails_on_the_way_to_the_dead_letters_loses_nothing(string operation, bool before)
    {
        using var world = new World();
        world.Sender.AnswerWith(ErrorType.Client);
        world.Run(async () =>
        {
            var failures = 0;
            Task Fail(string now) => now == operation && world.Sender.Sent.Count > 0 && failures++ < 3
                ? throw new StorageUnavailableException("away") : Task.CompletedTask;
            if (before) world.Letters.Before = world.States.Before = Fail;
            else world.Letters.After = world.States.After = Fail;
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, MessageState.DeadLettered);
            Assert.Equal(1, (await world.Letters.StatsAsync()).Total);
            Assert.Single(world.Sender.Sent);
            Assert.True(failures > 0);
        });
    }

    [Fact]
    public void A_replay_that_never_reached_its_message_is_reclaimed()
    {
        using var world = new World(("Dlq:PollIntervalMs", "1000"));
        world.Run(async () =>
        {
            var id = await DeadLetterAsync(world, ErrorType.Server);
            world.Sender.AnswerWith(null);
            var letter = (await world.Letters.GetAsync(id))!;
            var lost = LetterLifecycle.StartReplay(
                letter, ReplayStart.ByOperator(new ReplayLetter(id, "me", null, null)), world.Now, world.Services.GetRequiredService<IOptions<DlqOptions>>().Value);
            await world.Letters.PutAsync(0, lost, letter.Version);
            await world.UntilAsync(id, LetterStatus.Resolved, TimeSpan.FromMinutes(6));
            Assert.Equal(2, world.Sender.Sent.Count);
        });
    }

    [Fact]
    public void A_replay_that_is_only_slow_is_left_alone()
    {
        using var world = new World(("Dlq:PollIntervalMs", "1000"));
        world.Run(async () =>
        {
            var id = await DeadLetterAsync(world, ErrorType.Server);
            await world.Breaker().Force(new ForceBreaker(BreakerMode.ForcedOpen, "down", "me", null));
            await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(300));
            await world.Partition.Replay(new ReplayLetter(id, "me", null, null));
            await world.Time.AdvanceAsync(TimeSpan.FromHours(1));
            Assert.Equal(LetterStatus.Processing, (await world.Letters.GetAsync(id))!.Status);
            Assert.Equal(0, await world.Partition.ReclaimStale());
            world.Sender.AnswerWith(null);
            await world.Breaker().Force(new ForceBreaker(BreakerMode.Auto, "up", "me", null));
            await world.UntilAsync(id, LetterStatus.Resolved);
            Assert.Equal(2, world.Sender.Sent.Count);
        });
    }

    [Fact]
    public void A_letter_of_a_forgotten_message_can_still_be_replayed_and_its_id_stays_taken()
    {
        using var world = new World([("Idempotency:Window", "00:10:00"), .. World.Patient]);
        world.Run(async () =>
        {
            var id = await DeadLetterAsync(world, ErrorType.Validation);
            await world.Time.AdvanceAsync(TimeSpan.FromHours(5));
            Assert.Equal(MessageState.DeadLettered, await world.StateAsync(id));
            await world.States.ClearStateAsync("message", world.Message(id).GetGrainId(), await ReadAsync(world, id));
            world.Sender.AnswerWith(null);
            await world.Partition.Replay(new ReplayLetter(id, "me", null, null));
            await world.UntilAsync(id, LetterStatus.Resolved);
        });
    }

    [Fact]
    public void An_expired_message_is_not_replayed_by_its_schedule_but_a_person_may()
    {
        using var world = new World(("Dlq:PollIntervalMs", "1000"));
        world.Run(async () =>
        {
            var id = await DeadLetterAsync(world, ErrorType.Server, World.Simple() with { ExpiresAt = world.Now.AddSeconds(30) });
            world.Sender.AnswerWith(null);
            await world.UntilAsync(id, LetterStatus.Manual);
            Assert.Single(world.Sender.Sent);
            await world.Partition.Replay(new ReplayLetter(id, "me", null, null));
            await world.UntilAsync(id, LetterStatus.Resolved);
        });
    }

    [Fact]
    public void A_crash_during_a_replay_neither_loses_nor_doubles_it()
    {
        using var world = new World(("Dlq:PollIntervalMs", "1000"));
        world.Time.Run(async () =>
        {
            await world.StartAsync();
            var id = await DeadLetterAsync(world, ErrorType.Server);
            world.Sender.AnswerWith(ErrorType.Server);
            await world.Partition.Replay(new ReplayLetter(id, "me", null, null));
            await world.CrashAndRestartAsync();
            world.Sender.AnswerWith(null);
            var letter = await world.UntilAsync(id, LetterStatus.Resolved);
            Assert.InRange(letter.ReplayAttempts.Count, 1, 2);
        });
    }

    private static async Task<IGrainState<MessageRecord>> ReadAsync(World world, MessageId id)
    {
        var state = new GrainState<MessageRecord>(new MessageRecord());
        await world.States.ReadStateAsync("message", world.Message(id).GetGrainId(), state);
        return state;
    }
}
