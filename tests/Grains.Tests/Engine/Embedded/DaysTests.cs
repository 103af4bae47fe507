using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Replays;

namespace DlqCluster.Grains.Tests.Engine.Embedded;

/// <summary>What takes days to see: DQ7. On the embedded engine alone: a day there costs nothing, and on three silos some seconds.</summary>
public sealed class DaysTests
{
    [Fact]
    public void The_off_peak_schedule_waits_for_its_hour_in_its_time_zone()
    {
        using var world = new World(("Dlq:PollIntervalMs", "1000"), ("Dlq:TimeZone", "America/New_York"), ("Dlq:Strategies:RATE_LIMITED", "offPeak"));
        world.Run(async () =>
        {
            var id = await LetterGrainTests.DeadLetterAsync(world, ErrorType.RateLimited);
            Assert.Equal(ReplayStrategy.OffPeak, (await world.Letters.GetAsync(id))!.Strategy);
            await world.UntilAsync(id, LetterStatus.Failed, TimeSpan.FromDays(4));
            var zone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");
            var hours = world.Sender.Sent.Skip(1).Select(sent => TimeZoneInfo.ConvertTime(sent.At, zone).Hour);
            // The world begins at 19:00 in New York.
            Assert.Equal([2, 3, 4, 2, 3], hours);
        });
    }

    [Fact]
    [Trait("Spec", "DQ7")]
    public void Letters_replay_themselves_within_their_downstreams_windows_an_hour_apart()
    {
        using var world = new World(OffPeakGrainTests.Night);
        world.Run(async () =>
        {
            await world.Time.AdvanceAsync(TimeSpan.FromHours(12));
            var id = (await world.DeadLetterAsync(1))[0];
            await world.UntilAsync(id, LetterStatus.Failed, TimeSpan.FromDays(3));
            var at = world.Sender.Sent.Skip(1).Select(sent => sent.At.ToString("dd HH:mm")).ToArray();
            var day = world.Sender.Sent[0].At.Day;
            Assert.Equal([$"{day:00} 22:00", $"{day:00} 23:00", $"{day + 1:00} 00:00", $"{day + 1:00} 22:00", $"{day + 1:00} 23:00"], at);
        });
    }

    [Fact]
    public void An_off_peak_replay_that_was_missed_is_not_made_at_a_busy_hour()
    {
        using var world = new World(OffPeakGrainTests.Night);
        world.Run(async () =>
        {
            await world.Time.AdvanceAsync(TimeSpan.FromHours(12));
            var id = (await world.DeadLetterAsync(1))[0];
            var letter = (await world.Letters.GetAsync(id))!;
            await world.Letters.PutAsync(0, letter with { NextRetryAt = world.Now.AddHours(-9) }, letter.Version);
            world.Sender.AnswerWith(null);
            await world.UntilAsync(id, LetterStatus.Resolved, TimeSpan.FromDays(1));
            Assert.Equal(22, world.Sender.Sent[^1].At.Hour);
        });
    }

    [Fact]
    [Trait("Spec", "DQ6")]
    public void A_job_waits_for_the_window_unless_told_otherwise()
    {
        using var world = new World(OffPeakGrainTests.Night);
        world.Run(async () =>
        {
            await world.Time.AdvanceAsync(TimeSpan.FromHours(12));
            await world.DeadLetterAsync(4);
            world.Sender.AnswerWith(null);
            var opens = world.Now.Date.AddHours(22);
            var job = await world.StartJobAsync(plan => plan with { RatePerSecond = 10 });
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(2));
            var waiting = await world.JobAsync(job);
            Assert.Equal(ReplayJobState.Waiting, waiting.State);
            Assert.Equal([new ReplayBlock("default", ReplayBlockReason.WindowClosed, new DateTimeOffset(opens, TimeSpan.Zero))], waiting.BlockedBy);
            var other = await world.StartJobAsync(plan => plan with { RatePerSecond = 10, IgnoreWindows = true });
            Assert.Equal(4, (await world.UntilAsync(other, ReplayJobState.Completed, TimeSpan.FromSeconds(5))).Delivered);
            var done = await world.UntilAsync(job, ReplayJobState.Completed, TimeSpan.FromHours(11));
            Assert.Equal((0, 4), (done.Delivered, done.Skipped));
            Assert.InRange(done.EndedAt!.Value.UtcDateTime, opens, opens.AddMinutes(1));
        });
    }
}
