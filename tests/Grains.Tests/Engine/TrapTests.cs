using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Embedded;
using DlqCluster.Messages;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>What other systems of this kind fell into.</summary>
public sealed class TrapTests
{
    private const string Wrong = """{"wrong":true}""";
    private const string Right = """{"right":true}""";

    // Each of these is a moment before or after one of the operations on a store while a letter is edited and replayed.
    private const int Moments = 14;

    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);
    private static readonly (string, string) _often = ("Dlq:PollIntervalMs", "1000");

    [Fact]
    [Trait("Spec", "DQ7")]
    public void A_replay_that_was_due_while_nobody_looked_is_made_when_somebody_does()
    {
        using var world = new World(_often, ("Retry:MaxRetries", "0"));
        world.Sender.AnswerWith(ErrorType.Server);
        world.Run(async () =>
        {
            var id = await world.SubmitAsync();
            var letter = await world.UntilAsync(id, LetterStatus.Pending);
            await world.StopAsync();
            await world.Time.AdvanceAsync(TimeSpan.FromDays(7));
            Assert.True(letter.NextRetryAt < world.Now);
            world.Sender.AnswerWith(null);
            await world.StartAsync();

            await world.UntilAsync(id, LetterStatus.Resolved, TimeSpan.FromSeconds(5));
        });
    }

    [Fact]
    [Trait("Spec", "DQ5")]
    public void A_manual_replay_at_the_moment_of_the_planned_one_makes_one_replay()
    {
        for (var early = -40; early <= 40; early += 4)
        {
            using var world = new World(_often, ("Retry:MaxRetries", "0"));
            world.Sender.AnswerWith(ErrorType.Server);
            world.Run(async () =>
            {
                var id = await world.SubmitAsync();
                var letter = await world.UntilAsync(id, LetterStatus.Pending);
                // Stores take their time, so that the two meet in the middle of each other's turns.
                world.Letters.Before = world.Letters.After = _ => world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(5));
                world.Sender.Answer = async (_, _) =>
                {
                    await world.Time.AdvanceAsync(TimeSpan.FromSeconds(2));
                    return ScriptedSender.Result(null);
                };
                var looks = Math.Ceiling((letter.NextRetryAt!.Value - world.Now).TotalSeconds);
                await world.Time.AdvanceAsync(TimeSpan.FromSeconds(looks) - TimeSpan.FromMilliseconds(early));
                var manual = await world.Partition.Replay(new ReplayLetter(id, "ann", Payload.Parse(Right), null));

                letter = await world.UntilAsync(id, LetterStatus.Resolved, _minute);
                var sent = Assert.Single(world.Sender.Sent.Skip(1));
                Assert.Single(letter.ReplayAttempts);
                Assert.Equal(manual.Outcome == ReplayOutcome.Started ? Right : "{}", sent.Envelope.Payload.ToString());
            });
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Spec", "DQ5")]
    public void Whatever_crashes_while_a_letter_is_edited_and_replayed_the_edit_is_sent_and_the_original_is_not(bool before)
    {
        for (var moment = 1; moment <= Moments; moment++) EditAndCrash(moment, before);
    }

    [Fact]
    [Trait("Spec", "DQ7b")]
    public void A_letter_whose_replays_end_in_unusual_ways_is_given_up_all_the_same()
    {
        using var world = new World(_often, ("Retry:MaxRetries", "0"), ("Dlq:MaxReplays", "3"));
        world.Sender.AnswerWith(ErrorType.Server);
        world.Run(async () =>
        {
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, LetterStatus.Pending);
            world.Sender.Answer = (message, _) => message.Attempt % 2 == 0
                ? throw new InvalidOperationException("a bug")
                : Task.FromException<AttemptResult>(new OperationCanceledException("by nobody here"));

            await world.UntilAsync(id, LetterStatus.Failed);
            await world.Time.AdvanceAsync(TimeSpan.FromDays(2));
            Assert.Equal(4, world.Sender.Sent.Count);
        });
    }

    [Fact]
    [Trait("Spec", "CB6")]
    public void Another_configuration_keeps_what_a_breaker_has_counted()
    {
        using var world = new World(("Retry:MaxRetries", "0"));
        world.Sender.AnswerWith(ErrorType.Server);
        world.Run(async () =>
        {
            for (var i = 0; i < 5; i++) await world.UntilAsync(await world.SubmitAsync(), MessageState.DeadLettered);
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(1));
            Assert.Equal((5, 5, BreakerState.Closed), await CountsAsync());

            var changed = new Downstream { Name = "default", Breaker = new BreakerSettings { WindowMs = 30_000, ConsecutiveFailures = 6 } };
            await world.Grains.GetGrain<IDownstreamCatalogGrain>(0).Put(changed);
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(3));
            Assert.Equal((5, 5, BreakerState.Closed), await CountsAsync());
            await world.UntilAsync(await world.SubmitAsync(), MessageState.DeadLettered);
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(1));
            Assert.Equal(BreakerState.Open, (await world.Breaker().Get()).State);
        });

        async Task<(long, int, BreakerState)> CountsAsync()
        {
            var view = await world.Breaker().Get();
            return (view.Failures, view.ConsecutiveFailures, view.State);
        }
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
            world.Services.GetRequiredService<EmbeddedRuntime>().Kill();
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
