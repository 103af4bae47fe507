using DlqCluster.DeadLetters;
using DlqCluster.Messages;

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
}
