using DlqCluster.Delivery;
using DlqCluster.Grains.Tests.Support;
using FsCheck.Fluent;

namespace DlqCluster.Grains.Tests.Delivery;

[Trait("Spec", "DE5")]
public sealed class TokenBucketTests
{
    private static readonly long _start = Samples.Start.UtcTicks;

    [Fact]
    public void Without_a_rate_there_is_no_limit()
    {
        var bucket = new TokenBucket();
        for (var i = 0; i < 100_000; i++) Assert.True(bucket.TryTake(null, _start, out _));
    }

    [Theory]
    [InlineData(0.001, 1)]
    [InlineData(1, 1)]
    [InlineData(10, 1)]
    [InlineData(100, 10)]
    [InlineData(5_000, 500)]
    public void At_once_go_no_more_than_come_in_within_a_tenth_of_a_second_and_at_least_one(double rate, int burst)
    {
        var bucket = new TokenBucket();
        Assert.Equal(burst, TakeAll(ref bucket, rate, _start));
        Assert.Equal(burst, TakeAll(ref bucket, rate, _start + TimeSpan.FromDays(1).Ticks));
    }

    [Fact]
    public void Waiting_as_long_as_it_says_brings_a_token_and_less_does_not() => Laws.Hold(Gen.Choose(1, 10_000_000), thousandths =>
    {
        var rate = thousandths / 1_000.0;
        var bucket = new TokenBucket();
        TakeAll(ref bucket, rate, _start);
        Assert.False(bucket.TryTake(rate, _start, out var wait));
        Assert.True(wait > TimeSpan.Zero);
        var (tooEarly, inTime) = (bucket, bucket);
        Assert.False(tooEarly.TryTake(rate, _start + (wait.Ticks * 9 / 10), out _));

        // Who waits rounds up to milliseconds.
        Assert.True(inTime.TryTake(rate, _start + wait.Ticks + TimeSpan.TicksPerMillisecond, out _));
    });

    [Fact]
    public void Over_any_time_no_more_go_than_the_rate_and_one_burst_allow() => Laws.HoldForEach(
        Gen.Choose(0, 300_000).ArrayOf(),
        gaps =>
        {
            const double rate = 37;
            var bucket = new TokenBucket();
            var (now, taken) = (_start, 0);
            foreach (var gap in gaps)
            {
                now += gap * TimeSpan.TicksPerMillisecond / 1_000;
                taken += TakeAll(ref bucket, rate, now);
                Assert.True(taken <= (rate * 0.1) + (rate * TimeSpan.FromTicks(now - _start).TotalSeconds) + 0.001);
            }
        });

    [Fact]
    public void Who_takes_whenever_there_is_one_gets_the_rate()
    {
        const double rate = 250;
        var bucket = new TokenBucket();
        var taken = 0;
        for (var millisecond = 0; millisecond < 60_000; millisecond++)
            taken += TakeAll(ref bucket, rate, _start + (millisecond * TimeSpan.TicksPerMillisecond));
        Assert.InRange(taken, 60 * rate * 0.999, (60 * rate * 1.001) + 25);
    }

    [Fact]
    [Trait("Spec", "CB7")]
    public void A_changed_rate_counts_from_then_on()
    {
        var bucket = new TokenBucket();
        TakeAll(ref bucket, 1, _start);
        Assert.False(bucket.TryTake(1, _start + TimeSpan.TicksPerSecond / 2, out _));
        Assert.True(bucket.TryTake(1_000, _start + (TimeSpan.TicksPerSecond / 2) + TimeSpan.TicksPerMillisecond, out _));
    }

    [Fact]
    public void A_clock_that_is_set_back_gives_nothing_away_and_stops_nothing()
    {
        var bucket = new TokenBucket();
        TakeAll(ref bucket, 10, _start);
        var back = _start - TimeSpan.FromHours(1).Ticks;
        Assert.False(bucket.TryTake(10, back, out var wait));
        Assert.True(wait <= TimeSpan.FromMilliseconds(100));
        Assert.True(bucket.TryTake(10, back + TimeSpan.FromMilliseconds(101).Ticks, out _));
    }

    private static int TakeAll(ref TokenBucket bucket, double rate, long now)
    {
        var taken = 0;
        while (bucket.TryTake(rate, now, out _)) taken++;
        return taken;
    }
}
