using DlqCluster.Breakers;
using DlqCluster.Grains.Tests.Support;
using static DlqCluster.Grains.Tests.Breakers.BreakerCases;

namespace DlqCluster.Grains.Tests.Breakers;

/// <summary>From open to half-open, the probes, and what they decide.</summary>
[Trait("Spec", "CB2")]
public sealed class BreakerProbeTests
{
    private static readonly DateTimeOffset _now = HalfOpenAt(Default);

    [Fact]
    public void It_is_open_for_the_time_set_and_then_half_open()
    {
        var record = Open(Default, Samples.Start);
        Assert.Equal(Samples.At(30), CircuitBreaker.ProbesFrom(record, Default));
        Assert.Same(record, CircuitBreaker.Tick(record, Default, Samples.At(30).AddTicks(-1)));
        var half = CircuitBreaker.Tick(record, Default, Samples.At(30));
        Assert.Equal((BreakerState.HalfOpen, record.Version + 1, Samples.At(30)), (half.State, half.Version, half.HalfOpenAt!.Value));
        Assert.Equal(record.OpenedAt, half.OpenedAt);
    }

    [Fact]
    public void No_permit_is_given_unless_it_is_half_open_by_itself()
    {
        var half = HalfOpen(Default);
        BreakerRecord[] records =
        [
            new(), Open(Default, Samples.Start), half with { Mode = BreakerMode.ForcedOpen }, half with { Mode = BreakerMode.ForcedClosed },
            half with { Mode = BreakerMode.Disabled }, half with { Mode = BreakerMode.MetricsOnly },
        ];
        Assert.All(records, record => Assert.Null(CircuitBreaker.AcquireProbe(record, Default, Lapse, _now).Permit));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1_000)]
    public void As_many_permits_as_set_are_given_each_with_a_name_of_its_own(int probes)
    {
        var settings = Default with { Probes = probes };
        var (record, permits) = TakeAll(HalfOpen(settings), settings, _now);
        Assert.Equal(probes, permits.Distinct().Count());
        Assert.Equal(probes, record.ProbesOut.Count);
    }

    [Theory]
    [InlineData(10, 0.8, 8, 3)]
    [InlineData(10, 0.5, 5, 6)]
    [InlineData(10, 1.0, 10, 1)]
    [InlineData(10, 0.001, 1, 10)]
    [InlineData(10, 0.71, 8, 3)]
    [InlineData(1, 0.8, 1, 1)]
    [InlineData(3, 0.8, 3, 1)]
    [InlineData(100, 0.07, 7, 94)]
    [InlineData(100, 0.29, 29, 72)]
    public void Enough_successes_close_it_and_failures_that_make_these_impossible_open_it(int probes, double ratio, int closeAt, int openAt)
    {
        var settings = Default with { Probes = probes, ProbeSuccessRatio = ratio };
        Assert.Equal((closeAt, BreakerState.Closed), AllTheSame(settings, succeeded: true));
        Assert.Equal((openAt, BreakerState.Open), AllTheSame(settings, succeeded: false));
    }

    [Fact]
    public void Closing_forgets_the_counts_and_starts_the_ramp()
    {
        var closed = Settled(Default, succeeded: true);
        Assert.Equal((BreakerState.Closed, _now), (closed.State, closed.ClosedAt!.Value));
        Assert.Empty(closed.Window);
        Assert.Equal((0, null, null), (closed.ConsecutiveFailures, closed.OpenedAt, closed.HalfOpenAt));
    }

    [Fact]
    public void Reopening_begins_the_open_time_anew_and_says_why()
    {
        var opened = Settled(Default, succeeded: false);
        Assert.Equal((BreakerState.Open, _now), (opened.State, opened.OpenedAt!.Value));
        Assert.Equal("3 probes failed; the last one: HTTP 500", opened.Transitions[0].Reason);
        Assert.Same(opened, CircuitBreaker.Tick(opened, Default, _now.AddSeconds(29)));
        Assert.Equal(BreakerState.HalfOpen, CircuitBreaker.Tick(opened, Default, _now.AddSeconds(30)).State);
    }

    [Fact]
    public void A_permit_counts_once_and_one_that_was_never_given_counts_nothing()
    {
        var (record, permits) = TakeAll(HalfOpen(Default), Default, _now);
        record = CircuitBreaker.ReportProbe(record, Default, permits[0], true, null, _now);
        Assert.Same(record, CircuitBreaker.ReportProbe(record, Default, permits[0], true, null, _now));
        Assert.Same(record, CircuitBreaker.ReportProbe(record, Default, "1-999", false, null, _now));
        Assert.Equal((1, 0, 9), (record.ProbeSuccesses, record.ProbeFailures, record.ProbesOut.Count));
    }

    [Fact]
    public void A_permit_that_is_handed_back_may_be_given_again()
    {
        var (record, permits) = TakeAll(HalfOpen(Default), Default, _now);
        record = CircuitBreaker.ReportProbe(record, Default, permits[3], null, null, _now);
        Assert.Equal((0, 0, 9), (record.ProbeSuccesses, record.ProbeFailures, record.ProbesOut.Count));
        Assert.Single(TakeAll(record, Default, _now).Permits);
    }

    [Fact]
    public void A_permit_that_is_not_reported_in_time_falls_back_and_its_report_then_counts_nothing()
    {
        var (record, permits) = TakeAll(HalfOpen(Default), Default, _now);
        Assert.Same(record, CircuitBreaker.Tick(record, Default, (_now + Lapse).AddTicks(-1)));
        var lapsed = CircuitBreaker.Tick(record, Default, _now + Lapse);
        Assert.Empty(lapsed.ProbesOut);
        Assert.Same(lapsed, CircuitBreaker.ReportProbe(lapsed, Default, permits[0], true, null, _now + Lapse));
        Assert.Equal(10, TakeAll(lapsed, Default, _now + Lapse).Permits.Length);
    }

    [Fact]
    public void Probes_of_an_earlier_round_that_are_still_out_keep_their_place()
    {
        var (record, permits) = TakeAll(HalfOpen(Default), Default, _now);
        foreach (var permit in permits[..3]) record = CircuitBreaker.ReportProbe(record, Default, permit, false, null, _now);
        Assert.Equal(BreakerState.Open, record.State);
        var later = _now.AddSeconds(1);
        var shortlyOpen = Default with { OpenMs = 1_000 };
        record = CircuitBreaker.Tick(record, shortlyOpen, later);
        Assert.Equal((BreakerState.HalfOpen, 7), (record.State, record.ProbesOut.Count));
        Assert.Equal(3, TakeAll(record, shortlyOpen, later).Permits.Length);
    }

    [Theory]
    [InlineData(BreakerMode.ForcedOpen)]
    [InlineData(BreakerMode.ForcedClosed)]
    [InlineData(BreakerMode.Auto)]
    public void Probes_that_are_out_while_an_operator_acts_keep_their_place(BreakerMode mode)
    {
        var settings = Default with { OpenMs = 10 };
        var at = HalfOpenAt(settings);
        var (record, _) = TakeAll(HalfOpen(settings), settings, at);
        record = Force(record, mode, at, mode == BreakerMode.Auto ? null : TimeSpan.FromMilliseconds(10));
        at = at.AddMilliseconds(10);
        record = CircuitBreaker.Tick(record, settings, at);
        if (record.State == BreakerState.Closed) record = CircuitBreaker.Report(record, settings, Outcomes(0, 10), at);
        at = at.AddMilliseconds(10);
        record = CircuitBreaker.Tick(record, settings, at);
        Assert.Equal(BreakerState.HalfOpen, record.State);

        // The ten of before are still on their way to the downstream: none of them has come back or lapsed.
        Assert.Empty(TakeAll(record, settings, at).Permits);
    }

    private static (int Reports, BreakerState State) AllTheSame(BreakerSettings settings, bool succeeded)
    {
        var (record, permits) = TakeAll(HalfOpen(settings), settings, _now);
        for (var i = 0; ; i++)
        {
            record = CircuitBreaker.ReportProbe(record, settings, permits[i], succeeded, null, _now);
            if (record.State != BreakerState.HalfOpen) return (i + 1, record.State);
        }
    }

    private static BreakerRecord Settled(BreakerSettings settings, bool succeeded)
    {
        var (record, permits) = TakeAll(HalfOpen(settings), settings, _now);
        foreach (var permit in permits) record = CircuitBreaker.ReportProbe(record, settings, permit, succeeded, succeeded ? null : "HTTP 500", _now);
        return record;
    }
}
