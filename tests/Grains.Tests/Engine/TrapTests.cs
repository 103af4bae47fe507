using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>What other systems of this kind fell into.</summary>
public sealed class TrapTests
{
    private const string Right = """{"right":true}""";

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
        foreach (var step in World.Moments(21))
        {
            var early = (4 * step) - 44;
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

    [Fact]
    [Trait("Spec", "DQ7b")]
    public void A_letter_whose_replays_end_in_unusual_ways_is_given_up_all_the_same()
    {
        using var world = new World([_often, ("Retry:MaxRetries", "0"), ("Dlq:MaxReplays", "3"), .. World.Patient]);
        world.Sender.AnswerWith(ErrorType.Server);
        world.Run(async () =>
        {
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, LetterStatus.Pending);
            world.Sender.Answer = (message, _) => message.Attempt % 2 == 0
                ? throw new InvalidOperationException("a bug")
                : Task.FromException<AttemptResult>(new OperationCanceledException("by nobody here"));

            await world.UntilAsync(id, LetterStatus.Failed);
            await world.IdleAsync(TimeSpan.FromDays(2));
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
}
