using DlqCluster.Breakers;
using DlqCluster.Grains.Tests.Support;
using FsCheck.Fluent;

namespace DlqCluster.Grains.Tests.Breakers;

[Trait("Spec", "CB1")]
public sealed class BreakerWindowTests
{
    private const int Minute = 60_000;

    [Fact]
    public void Nothing_counted_is_no_ratio()
    {
        var counts = BreakerWindow.Sum([], Minute, Samples.Start);
        Assert.Equal(default, counts);
        Assert.Equal(0, counts.FailureRatio);
        Assert.Equal(0, counts.SlowRatio);
    }

    [Fact]
    public void Outcomes_of_one_second_share_a_bucket()
    {
        var window = BreakerWindow.Add([], Minute, Samples.At(0.1), 1, 2, 1);
        window = BreakerWindow.Add(window, Minute, Samples.At(0.9), 3, 4, 2);
        Assert.Equal(new BreakerBucket(Samples.Start.ToUnixTimeSeconds(), 4, 6, 3), Assert.Single(window));
        var counts = BreakerWindow.Sum(window, Minute, Samples.At(1));
        Assert.Equal((10, 0.6, 0.3), (counts.Total, counts.FailureRatio, counts.SlowRatio));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(58.9, 1)]
    [InlineData(61, 0)]
    public void An_outcome_counts_for_the_length_of_the_window(double secondsLater, long counted)
    {
        var window = BreakerWindow.Add([], Minute, Samples.Start, 0, 1, 0);
        Assert.Equal(counted, BreakerWindow.Sum(window, Minute, Samples.At(secondsLater)).Failures);
    }

    [Fact]
    public void The_shortest_window_still_holds_what_happened_a_moment_ago()
    {
        var window = BreakerWindow.Add([], 1_000, Samples.At(9.99), 0, 5, 0);
        Assert.Equal(5, BreakerWindow.Sum(window, 1_000, Samples.At(10.01)).Failures);
    }

    [Fact]
    [Trait("Spec", "CB6")]
    public void The_length_is_applied_when_it_is_read_so_a_change_keeps_the_counts()
    {
        var window = BreakerWindow.Add([], Minute, Samples.Start, 0, 1, 0);
        window = BreakerWindow.Add(window, Minute, Samples.At(30), 1, 0, 0);
        Assert.Equal((1L, 1L), Both(window, Minute));
        Assert.Equal((1L, 0L), Both(window, 10_000));
        Assert.Equal((1L, 1L), Both(window, 3_600_000));

        static (long Successes, long Failures) Both(IReadOnlyList<BreakerBucket> buckets, int ms)
        {
            var counts = BreakerWindow.Sum(buckets, ms, Samples.At(31));
            return (counts.Successes, counts.Failures);
        }
    }

    [Fact]
    public void It_counts_what_a_plain_list_of_outcomes_says_but_for_a_second_at_its_edge() => Laws.HoldForEach(
        (from gap in Gen.Choose(0, 9_000)
         from successes in Gen.Choose(0, 5)
         from failures in Gen.Choose(0, 5)
         select (gap, successes, failures)).ArrayOf(),
        steps =>
        {
            const int windowMs = 20_000;
            IReadOnlyList<BreakerBucket> window = [];
            var all = new List<(DateTimeOffset At, int Successes, int Failures)>();
            var now = Samples.Start;
            foreach (var (gap, successes, failures) in steps)
            {
                now = now.AddMilliseconds(gap);
                window = BreakerWindow.Add(window, windowMs, now, successes, failures, 0);
                all.Add((now, successes, failures));
                var counts = BreakerWindow.Sum(window, windowMs, now);
                var atLeast = all.Where(one => one.At > now.AddMilliseconds(1_000 - windowMs)).ToArray();
                var atMost = all.Where(one => one.At > now.AddMilliseconds(-windowMs - 1_000)).ToArray();
                Assert.InRange(counts.Failures, atLeast.Sum(one => one.Failures), atMost.Sum(one => one.Failures));
                Assert.InRange(counts.Successes, atLeast.Sum(one => one.Successes), atMost.Sum(one => one.Successes));
                Assert.True(window.Count <= (windowMs / 1_000) + 1, "A window keeps no more buckets than it has seconds.");
                Assert.Equal(window.Select(bucket => bucket.Second).Order(), window.Select(bucket => bucket.Second));
            }
        });
}
