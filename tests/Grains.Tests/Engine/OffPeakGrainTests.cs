using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Replays;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>Replays by themselves, and what crosses them: DQ7, DQ7b.</summary>
[Trait("Spec", "DQ7")]
public sealed class OffPeakGrainTests
{
    // The world begins on a Thursday at midnight, UTC.
    internal static readonly (string, string)[] Night =
    [
        ("Dlq:PollIntervalMs", "1000"),
        ("Dlq:Strategies:CLIENT_ERROR", "offPeak"),
        ("Downstreams:default:OffPeak:Windows:0:From", "22:00"),
        ("Downstreams:default:OffPeak:Windows:0:To", "00:30"),
        .. World.Patient,
    ];

    [Fact]
    public void A_retry_that_was_due_long_ago_fires()
    {
        using var world = new World(("Dlq:PollIntervalMs", "1000"));
        world.Run(async () =>
        {
            var id = (await world.DeadLetterAsync(1, error: ErrorType.Server))[0];
            var letter = (await world.Letters.GetAsync(id))!;
            await world.Letters.PutAsync(0, letter with { NextRetryAt = world.Now.AddDays(-400) }, letter.Version);
            world.Sender.AnswerWith(null);
            await world.UntilAsync(id, LetterStatus.Resolved, TimeSpan.FromSeconds(3));
        });
    }

    [Fact]
    [Trait("Passes", "hours")]
    public void A_replay_by_hand_at_the_very_moment_of_the_scheduled_one_sends_one_copy()
    {
        using var world = new World(("Dlq:PollIntervalMs", "1000"), ("Dlq:ImmediateDelays:0", "00:01:00"));
        world.Run(async () =>
        {
            var ids = await world.DeadLetterAsync(20, error: ErrorType.Server);
            world.Sender.AnswerWith(null);
            var due = (await world.Letters.GetAsync(ids[^1]))!.NextRetryAt!.Value;
            await world.Time.AdvanceAsync(due - world.Now - TimeSpan.FromMilliseconds(500));
            var byHand = ids.Select(async id =>
            {
                await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(100));
                return await world.Partition.Replay(new ReplayLetter(id, "me", null, null));
            });
            await Task.WhenAll(byHand);
            foreach (var id in ids) await world.UntilAsync(id, LetterStatus.Resolved);
            await world.Time.AdvanceAsync(TimeSpan.FromHours(3));
            Assert.All(world.Sender.Sent.Skip(20).GroupBy(sent => sent.Id), copies => Assert.Single(copies));
            Assert.Equal(40, world.Sender.Sent.Count);
        });
    }

    [Fact]
    [Trait("Spec", "DQ6")]
    public void A_replay_that_a_crash_kept_from_its_message_is_sent_when_the_job_is_back()
    {
        using var world = new World();
        world.Time.Run(async () =>
        {
            await world.StartAsync();
            var ids = await world.DeadLetterAsync(10);
            world.Sender.AnswerWith(null);
            var puts = 0;
            // Of three letters it is stored that a replay is under way, and nobody hears of it.
            world.Letters.After = operation => operation == "letter.put" && ++puts <= 3 ? new TaskCompletionSource().Task : Task.CompletedTask;
            var job = await world.StartJobAsync(plan => plan with { RatePerSecond = 100 });
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(1));
            Assert.True(puts >= 3);
            world.Letters.After = null;
            await world.CrashAndRestartAsync();
            var done = await world.UntilAsync(job, ReplayJobState.Completed, TimeSpan.FromSeconds(20));
            Assert.Equal((10, 0, 0), (done.Delivered, done.Failed, done.Skipped));
            Assert.All(world.Sender.Sent.Skip(10).GroupBy(sent => sent.Id), copies => Assert.Single(copies));
            foreach (var id in ids) Assert.Single((await world.Letters.GetAsync(id))!.ReplayAttempts);
        });
    }
}
