using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Messages;
using DlqCluster.Replays;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>How replay jobs wait for breakers and go up in steps: DQ6.</summary>
[Trait("Spec", "DQ6")]
public sealed class ReplayJobPaceTests
{
    [Fact]
    public void A_job_waits_by_itself_while_a_breaker_is_open_and_goes_on_while_others_are_not_held_up()
    {
        using var world = new World(("Downstreams:a:Kind", "Simulated"), ("Downstreams:b:Kind", "Simulated"));
        world.Run(async () =>
        {
            await world.DeadLetterAsync(30, "a");
            await world.DeadLetterAsync(30, "b");
            await world.Breaker("a").Force(new ForceBreaker(BreakerMode.ForcedOpen, "down", "me", null));
            await world.Grains.GetGrain<IDownstreamCatalogGrain>(0).SetPaused("b", true);
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(2));
            world.Sender.AnswerWith(null);
            var since = world.Now;
            var job = await world.StartJobAsync(plan => plan with { RatePerSecond = 20 });
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(2));
            var waiting = await world.JobAsync(job);
            Assert.Equal(ReplayJobState.Waiting, waiting.State);
            Assert.Equal(
                [new ReplayBlock("a", ReplayBlockReason.BreakerOpen, null), new ReplayBlock("b", ReplayBlockReason.Paused, null)],
                waiting.BlockedBy);
            Assert.Empty(world.Replays(since));

            await world.Grains.GetGrain<IDownstreamCatalogGrain>(0).SetPaused("b", false);
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(2));
            Assert.Equal(30, world.Sender.Sent.Count(sent => sent.At >= since && sent.Target == "b"));
            Assert.Equal(30, world.Replays(since).Count);
            Assert.Equal("a", Assert.Single((await world.JobAsync(job)).BlockedBy).Target);

            await world.Breaker("a").Force(new ForceBreaker(BreakerMode.Auto, "up", "me", null));
            var done = await world.UntilAsync(job, ReplayJobState.Completed);
            Assert.Equal(60, done.Delivered);
            Assert.Equal([("a", 30L), ("b", 30L)], done.ByTarget.Select(target => (target.Target, target.Delivered)));
        });
    }

    [Fact]
    public void A_job_is_the_probe_of_a_breaker_that_nobody_else_would_close()
    {
        using var world = new World(("Downstreams:default:Breaker:ConsecutiveFailures", "3"));
        world.Run(async () =>
        {
            // Three in a row, in the eyes of one silo.
            world.UseOneSilo();
            await world.DeadLetterAsync(50, error: ErrorType.Client);
            await world.DeadLetterAsync(3, error: ErrorType.Server);
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(1));
            Assert.Equal(BreakerState.Open, (await world.Breaker().Get()).State);
            world.Sender.AnswerWith(null);
            var job = await world.StartJobAsync(plan => plan with { RatePerSecond = 20, Filter = new LetterFilter { ErrorType = ErrorType.Client } });
            var done = await world.UntilAsync(job, ReplayJobState.Completed, TimeSpan.FromMinutes(5));
            Assert.Equal(50, done.Delivered);
            Assert.Equal(BreakerState.Closed, (await world.Breaker().Get()).State);
        });
    }

    [Fact]
    public void A_ramp_goes_up_in_steps_while_all_goes_well()
    {
        using var world = new World();
        world.Run(async () =>
        {
            await world.DeadLetterAsync(150);
            world.Sender.AnswerWith(null);
            var since = world.Now;
            var job = await world.StartJobAsync(plan => plan with { RatePerSecond = 8, Ramp = true });
            await world.UntilAsync(job, ReplayJobState.Completed);
            int Sent(double from, double to) => world.Replays(since).Count(at => at >= since.AddSeconds(from) && at < since.AddSeconds(to));
            Assert.InRange(Sent(0, 5), 4, 5);
            Assert.InRange(Sent(6, 10), 7, 9);
            Assert.InRange(Sent(11, 15), 19, 21);
            Assert.InRange(Sent(16, 20), 31, 33);
        });
    }

    [Fact]
    public void A_ramp_stops_itself_when_too_many_of_the_replayed_fail_again()
    {
        using var world = new World();
        world.Run(async () =>
        {
            await world.DeadLetterAsync(150);
            world.Sender.AnswerWith(ErrorType.Client);
            var since = world.Now;
            var job = await world.StartJobAsync(plan => plan with { RatePerSecond = 50, Ramp = true });
            var stopped = await world.UntilAsync(job, ReplayJobState.Stopped);
            Assert.Contains("Replays:RampFailureRatio", stopped.StateReason, StringComparison.Ordinal);
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(5));
            Assert.InRange(world.Replays(since).Count, 5, 7);
            var ended = await world.JobAsync(job);
            Assert.Equal((ended.Failed, 0L), (world.Replays(since).Count, ended.UnderWay));
            Assert.NotNull(ended.EndedAt);
        });
    }
}
