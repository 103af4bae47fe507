using DlqCluster.Downstreams;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using FsCheck.Fluent;

namespace DlqCluster.Grains.Tests.Messages;

[Trait("Spec", "DE4")]
public sealed class RetryPolicyTests
{
    private static readonly RetryPolicy _default = RetryPolicy.Resolve(new RetryOptions(), null, null);

    [Fact]
    public void The_default_is_three_retries_from_one_second_doubling_up_to_thirty_with_a_fifth_of_spread() =>
        Assert.Equal(new RetryPolicy(3, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), 0.2), _default);

    [Theory]
    [InlineData(1, 800, 1200)]
    [InlineData(2, 1600, 2400)]
    [InlineData(3, 3200, 4800)]
    [InlineData(4, 6400, 9600)]
    [InlineData(5, 12_800, 19_200)]
    [InlineData(6, 24_000, 30_000)]
    [InlineData(7, 24_000, 30_000)]
    [InlineData(100, 24_000, 30_000)]
    public void Each_delay_is_drawn_from_between_its_bounds(int retry, double shortest, double longest)
    {
        Assert.Equal(shortest, _default.Backoff(retry, 0, null).TotalMilliseconds, 3);
        Assert.Equal((shortest + longest) / 2, _default.Backoff(retry, 0.5, null).TotalMilliseconds, 3);
        Assert.InRange(_default.Backoff(retry, 0.999999, null).TotalMilliseconds, longest - 1, longest);
    }

    [Fact]
    public void At_the_ceiling_delays_are_spread_below_it_and_do_not_meet_there()
    {
        var delays = Enumerable.Range(0, 100).Select(i => _default.Backoff(10, i / 100.0, null)).ToArray();
        Assert.Equal(100, delays.Distinct().Count());
        Assert.Equal(TimeSpan.FromSeconds(24), delays[0]);
        Assert.True(delays[^1] < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Whatever_the_policy_each_delay_lies_within_its_bounds() => Laws.Hold(Cases(), c =>
    {
        var delay = c.Policy.Backoff(c.Retry, c.Draw, null).TotalMilliseconds;
        var middle = Math.Min(c.Policy.BaseBackoff.TotalMilliseconds * Math.Pow(2, Math.Min(c.Retry - 1, 62)), c.Policy.MaxBackoff.TotalMilliseconds);
        Assert.InRange(
            delay,
            (middle * (1 - c.Policy.Jitter)) - 0.001,
            Math.Min(middle * (1 + c.Policy.Jitter), c.Policy.MaxBackoff.TotalMilliseconds) + 0.001);
    });

    [Fact]
    public void Delays_never_shrink_from_one_retry_to_the_next() => Laws.Hold(Cases(), c =>
        Assert.True(c.Policy.Backoff(c.Retry + 1, c.Draw, null) >= c.Policy.Backoff(c.Retry, c.Draw, null)));

    [Theory]
    [Trait("Spec", "DE3")]
    [InlineData(0, 0, 800)]
    [InlineData(0, 0.5, 1_000)]
    [InlineData(500, 0.5, 1_000)]
    [InlineData(1_500, 0, 1_500)]
    [InlineData(1_500, 0.5, 1_650)]
    [InlineData(1_500, 0.999999, 1_800)]
    [InlineData(30_000, 0.5, 30_000)]
    [InlineData(86_400_000, 0.5, 30_000)]
    public void Retry_After_is_obeyed_up_to_the_longest_backoff_and_whoever_was_told_the_same_is_spread_behind_it(
        double askedMs, double draw, double expectedMs) =>
        Assert.Equal(expectedMs, _default.Backoff(1, draw, TimeSpan.FromMilliseconds(askedMs)).TotalMilliseconds, 3);

    [Fact]
    [Trait("Spec", "DE3")]
    public void With_Retry_After_no_delay_is_longer_than_the_longest_backoff_or_shorter_than_without() => Laws.Hold(Cases(), c =>
    {
        var asked = TimeSpan.FromMilliseconds(c.Draw * 200_000_000);
        var delay = c.Policy.Backoff(c.Retry, c.Draw, asked);
        Assert.True(delay >= c.Policy.Backoff(c.Retry, c.Draw, null));
        // Milliseconds in floating point lose a tick here and there.
        var tick = TimeSpan.FromTicks(1);
        Assert.True(delay <= c.Policy.MaxBackoff + tick);
        Assert.True(delay + tick >= asked || delay + tick >= c.Policy.MaxBackoff);
    });

    [Fact]
    public void An_absurd_Retry_After_is_no_overflow() =>
        Assert.Equal(_default.MaxBackoff, _default.Backoff(1, 0.5, TimeSpan.MaxValue));

    [Theory]
    [InlineData(0, 1, false)]
    [InlineData(1, 1, true)]
    [InlineData(1, 2, false)]
    [InlineData(3, 1, true)]
    [InlineData(3, 3, true)]
    [InlineData(3, 4, false)]
    [InlineData(100, 100, true)]
    [InlineData(100, 101, false)]
    public void Retries_follow_the_first_attempt_up_to_the_budget(int maxRetries, int attemptsMade, bool another) =>
        Assert.Equal(another, (_default with { MaxRetries = maxRetries }).AllowsAnother(attemptsMade));

    [Fact]
    public void The_message_wins_over_the_downstream_and_that_over_the_general_policy_field_by_field() =>
        Laws.Hold(Gen.Zip(Overrides(), Overrides()), pair =>
        {
            var (downstream, message) = pair;
            var general = new RetryOptions { MaxRetries = 7, BaseBackoffMs = 70, MaxBackoffMs = 700, JitterPercent = 17 };
            var policy = RetryPolicy.Resolve(general, downstream, message);
            Assert.Equal(message?.MaxRetries ?? downstream?.MaxRetries ?? 7, policy.MaxRetries);
            Assert.Equal(message?.BaseBackoffMs ?? downstream?.BaseBackoffMs ?? 70, policy.BaseBackoff.TotalMilliseconds);
            Assert.Equal(message?.MaxBackoffMs ?? downstream?.MaxBackoffMs ?? 700, policy.MaxBackoff.TotalMilliseconds);
            Assert.Equal((message?.JitterPercent ?? downstream?.JitterPercent ?? 17) / 100.0, policy.Jitter);
        });

    [Fact]
    public void No_retries_is_a_wish_that_is_obeyed_and_not_taken_for_none_at_all() =>
        Assert.Equal(
            0,
            RetryPolicy.Resolve(new RetryOptions(), new RetryOverrides { MaxRetries = 5 }, new RetryOverrides { MaxRetries = 0 }).MaxRetries);

    [Fact]
    public void A_longest_backoff_below_the_base_wins() =>
        Assert.Equal(
            TimeSpan.FromMilliseconds(10),
            new RetryPolicy(1, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(10), 0).Backoff(1, 0, null));

    private static FsCheck.Gen<(RetryPolicy Policy, int Retry, double Draw)> Cases() =>
        from baseMs in Gen.Choose(1, 86_400_000)
        from maxMs in Gen.Choose(1, 86_400_000)
        from jitter in Gen.Choose(0, 100)
        from retry in Gen.Choose(1, 101)
        from draw in Gen.Choose(0, 999_999)
        select (new RetryPolicy(100, TimeSpan.FromMilliseconds(baseMs), TimeSpan.FromMilliseconds(maxMs), jitter / 100.0), retry, draw / 1_000_000.0);

    private static FsCheck.Gen<RetryOverrides?> Overrides()
    {
        static FsCheck.Gen<int?> Maybe(int from, int to) => Gen.OneOf(Gen.Constant<int?>(null), Gen.Choose(from, to).Select(value => (int?)value));
        var some = from retries in Maybe(0, 100)
                   from first in Maybe(1, 1_000)
                   from longest in Maybe(1, 1_000)
                   from jitter in Maybe(0, 100)
                   select new RetryOverrides { MaxRetries = retries, BaseBackoffMs = first, MaxBackoffMs = longest, JitterPercent = jitter };
        return Gen.OneOf(Gen.Constant<RetryOverrides?>(null), some.Select(RetryOverrides? (value) => value));
    }
}
