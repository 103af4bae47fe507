using DlqCluster.Breakers;
using DlqCluster.Grains.Tests.Support;

namespace DlqCluster.Grains.Tests.Breakers;

[Trait("Spec", "DE11")]
public sealed class BreakerClockTests
{
    private static readonly BreakerSettings _settings = BreakerCases.Default;
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    public static TheoryData<string> Names => [.. _records.Keys];

    private static readonly Dictionary<string, BreakerRecord> _records = new()
    {
        ["closed, counting"] = CircuitBreaker.Report(new BreakerRecord(), _settings, BreakerCases.Outcomes(3, 2), Samples.Start),
        ["open"] = BreakerCases.Open(_settings, Samples.Start),
        ["half open, probing"] = BreakerCases.TakeAll(BreakerCases.HalfOpen(_settings), _settings, BreakerCases.HalfOpenAt(_settings)).Record,
        ["forced for a while"] = BreakerCases.Force(new BreakerRecord(), BreakerMode.ForcedOpen, Samples.Start, TimeSpan.FromMinutes(1)),
    };

    /// <summary>Set back together with the clock, a breaker decides at each moment what it would have decided.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_breaker_that_is_set_back_with_the_clock_does_as_it_would_have_done(string name)
    {
        var record = _records[name];
        var back = CircuitBreaker.SetBack(record, _hour);
        for (var second = 0; second <= 120; second += 5)
        {
            var then = Samples.Start.AddSeconds(second);
            var expected = CircuitBreaker.Tick(record, _settings, then);
            var actual = CircuitBreaker.Tick(back, _settings, then - _hour);
            Assert.Equal((expected.State, expected.Mode, expected.ProbesOut.Count), (actual.State, actual.Mode, actual.ProbesOut.Count));
            Assert.Equal(
                BreakerWindow.Sum(expected.Window, _settings.WindowMs, then), BreakerWindow.Sum(actual.Window, _settings.WindowMs, then - _hour));
        }
    }

    [Fact]
    public void Moments_that_lie_ahead_tell_how_far_the_clock_was_set_back()
    {
        var open = _records["open"];

        Assert.Equal(TimeSpan.Zero, CircuitBreaker.Ahead(open, Samples.Start));
        Assert.Equal(TimeSpan.Zero, CircuitBreaker.Ahead(new BreakerRecord(), Samples.Start));
        Assert.Equal(_hour, CircuitBreaker.Ahead(open, Samples.Start - _hour));
    }
}
