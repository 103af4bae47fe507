using DlqCluster.Breakers;
using DlqCluster.Grains.Tests.Support;
using static DlqCluster.Grains.Tests.Breakers.BreakerCases;

namespace DlqCluster.Grains.Tests.Breakers;

/// <summary>What trips a closed breaker, and what does not.</summary>
public sealed class BreakerTripTests
{
    [Theory]
    [Trait("Spec", "CB1")]
    [InlineData(0, 9, false)]
    [InlineData(0, 10, true)]
    [InlineData(5, 5, true)]
    [InlineData(6, 5, false)]
    [InlineData(6, 4, false)]
    [InlineData(10, 0, false)]
    [InlineData(500, 500, true)]
    [InlineData(501, 499, false)]
    public void The_ratio_trips_it_from_the_minimum_on(int successes, int failures, bool trips) =>
        Assert.Equal(trips ? BreakerState.Open : BreakerState.Closed, Report(RatioOnly, Outcomes(successes, failures)).State);

    [Fact]
    [Trait("Spec", "CB1")]
    public void The_ratio_is_met_exactly_for_every_number_of_requests()
    {
        foreach (var percent in Enumerable.Range(1, 100))
        {
            var settings = RatioOnly with { FailureRatio = percent / 100.0, MinimumRequests = 1 };
            Assert.Equal(BreakerState.Open, Report(settings, Outcomes(100 - percent, percent)).State);
            Assert.Equal(BreakerState.Closed, Report(settings, Outcomes(101 - percent, percent - 1)).State);
        }
    }

    [Fact]
    [Trait("Spec", "CB1")]
    public void Only_what_is_in_the_window_counts()
    {
        var record = CircuitBreaker.Report(new BreakerRecord(), RatioOnly, Outcomes(0, 9), Samples.Start);
        Assert.Equal(BreakerState.Closed, CircuitBreaker.Report(record, RatioOnly, Outcomes(0, 1), Samples.At(62)).State);
        Assert.Equal(BreakerState.Open, CircuitBreaker.Report(record, RatioOnly, Outcomes(0, 1), Samples.At(30)).State);
    }

    [Fact]
    [Trait("Spec", "CB6")]
    public void A_quiet_downstream_trips_on_failures_in_a_row_however_far_apart()
    {
        var settings = Default with { MinimumRequests = 1_000, ConsecutiveFailures = 3 };
        var record = new BreakerRecord();
        for (var hour = 0; hour < 2; hour++) record = CircuitBreaker.Report(record, settings, Outcomes(0, 1), Samples.At(hour * 3_600));
        Assert.Equal(BreakerState.Closed, record.State);
        Assert.Equal(BreakerState.Open, CircuitBreaker.Report(record, settings, Outcomes(0, 1), Samples.At(7_200)).State);
    }

    [Fact]
    [Trait("Spec", "CB6")]
    public void A_success_begins_the_row_anew_and_what_failed_after_it_counts()
    {
        var settings = Default with { MinimumRequests = 1_000, ConsecutiveFailures = 5 };
        var record = CircuitBreaker.Report(new BreakerRecord(), settings, Outcomes(0, 4), Samples.Start);
        record = CircuitBreaker.Report(record, settings, Outcomes(1, 10, trailing: 3), Samples.Start);
        Assert.Equal((BreakerState.Closed, 3), (record.State, record.ConsecutiveFailures));
        Assert.Equal(BreakerState.Open, CircuitBreaker.Report(record, settings, Outcomes(0, 2), Samples.Start).State);
    }

    [Fact]
    [Trait("Spec", "CB6")]
    public void Zero_switches_the_rule_of_failures_in_a_row_off() =>
        Assert.Equal(BreakerState.Closed, Report(RatioOnly with { MinimumRequests = 1_000_000 }, Outcomes(0, 100_000)).State);

    [Theory]
    [Trait("Spec", "CB5")]
    [InlineData(null, 100, false)]
    [InlineData(500, 79, false)]
    [InlineData(500, 80, true)]
    public void Slow_attempts_trip_it_when_that_is_asked_for(int? slowCallMs, int slow, bool trips)
    {
        var record = Report(RatioOnly with { SlowCallMs = slowCallMs }, Outcomes(100, 0, slow));
        Assert.Equal(trips ? BreakerState.Open : BreakerState.Closed, record.State);
        if (trips) Assert.Contains("80 of 100 attempts took longer than 500 ms", record.Transitions[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Spec", "CB5")]
    public void Tripping_says_when_and_why()
    {
        var record = CircuitBreaker.Report(new BreakerRecord(), RatioOnly, Outcomes(4, 6, error: "HTTP 503"), Samples.At(5));
        var transition = Assert.Single(record.Transitions);
        Assert.Equal((BreakerState.Closed, BreakerState.Open, Samples.At(5)), (transition.From, transition.To, transition.At));
        Assert.Equal("6 of 10 attempts failed; the last one: HTTP 503", transition.Reason);
        Assert.Null(transition.By);
        Assert.Equal((Samples.At(5), 1L), (record.OpenedAt!.Value, record.Version));
        Assert.Null(record.ClosedAt);
    }

    [Fact]
    public void A_report_without_outcomes_changes_nothing()
    {
        var record = new BreakerRecord { ConsecutiveFailures = 19 };
        Assert.Same(record, CircuitBreaker.Report(record, Default, Outcomes(0, 0), Samples.Start));
    }

    [Fact]
    [Trait("Spec", "CB2")]
    public void Late_outcomes_are_counted_while_it_is_open_or_half_open_but_decide_nothing()
    {
        foreach (var record in new[] { Open(RatioOnly, Samples.Start), HalfOpen(RatioOnly) })
        {
            var now = HalfOpenAt(RatioOnly);
            var failed = CircuitBreaker.Report(record, RatioOnly, Outcomes(0, 100), now);
            var succeeded = CircuitBreaker.Report(record, RatioOnly, Outcomes(100, 0), now);
            Assert.Equal((record.State, record.Version), (failed.State, failed.Version));
            Assert.Equal((record.State, record.Version), (succeeded.State, succeeded.Version));
            Assert.Equal(100, BreakerWindow.Sum(succeeded.Window, 60_000, now).Successes);
            Assert.Equal(record.OpenedAt, failed.OpenedAt);
        }
    }

    [Fact]
    [Trait("Spec", "CB6")]
    public void Changed_settings_decide_over_the_counts_that_are_there()
    {
        var strict = RatioOnly with { MinimumRequests = 5 };
        var record = CircuitBreaker.Report(new BreakerRecord(), RatioOnly, Outcomes(0, 8), Samples.Start);
        Assert.Equal(BreakerState.Closed, record.State);
        Assert.Equal(
            8,
            BreakerWindow.Sum(CircuitBreaker.Tick(record, strict, Samples.At(1)).Window, strict.WindowMs, Samples.At(1)).Failures);
        Assert.Equal(BreakerState.Open, CircuitBreaker.Report(record, strict, Outcomes(1, 0), Samples.At(1)).State);
    }

    private static BreakerRecord Report(BreakerSettings settings, BreakerReport report) =>
        CircuitBreaker.Report(new BreakerRecord(), settings, report, Samples.Start);
}
