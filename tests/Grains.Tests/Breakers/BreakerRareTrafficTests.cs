using DlqCluster.Breakers;
using DlqCluster.Grains.Tests.Support;
using FsCheck.Fluent;
using static DlqCluster.Grains.Tests.Breakers.BreakerCases;

namespace DlqCluster.Grains.Tests.Breakers;

/// <summary>Half-open never sticks, however few messages come.</summary>
[Trait("Spec", "CB6")]
public sealed class BreakerRareTrafficTests
{
    private static readonly DateTimeOffset _starved = HalfOpenAt(Default).AddMilliseconds(Default.HalfOpenMs);

    [Theory]
    [InlineData(1, 0, BreakerState.Closed)]
    [InlineData(0, 1, BreakerState.Open)]
    [InlineData(4, 1, BreakerState.Closed)]
    [InlineData(3, 1, BreakerState.Open)]
    [InlineData(7, 1, BreakerState.Closed)]
    [InlineData(7, 2, BreakerState.Open)]
    public void When_the_time_is_up_those_that_came_back_decide(int successes, int failures, BreakerState expected)
    {
        var record = CameBack(Default, successes, failures);
        Assert.Equal(BreakerState.HalfOpen, CircuitBreaker.Tick(record, Default, _starved.AddTicks(-1)).State);
        var decided = CircuitBreaker.Tick(record, Default, _starved);
        Assert.Equal(expected, decided.State);
        Assert.Contains("traffic is rare", decided.Transitions[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_share_of_successes_is_met_exactly_whatever_the_numbers()
    {
        foreach (var percent in Enumerable.Range(1, 100))
        {
            foreach (var completed in Enumerable.Range(1, 100).Where(number => number * percent % 100 == 0))
            {
                // One half of the probes came back, so neither closing nor opening was decided on the way.
                var successes = completed * percent / 100;
                var settings = Default with { ProbeSuccessRatio = percent / 100.0, Probes = 1_000 };
                var record = HalfOpen(settings) with { ProbeSuccesses = successes, ProbeFailures = completed - successes };
                Assert.True(
                    CircuitBreaker.Tick(record, settings, _starved).State == BreakerState.Closed,
                    $"{successes} of {completed} are {percent} %.");
            }
        }
    }

    [Fact]
    public void While_a_probe_is_out_it_waits_for_it()
    {
        var record = CameBack(Default, 1, 0);
        (record, var permit) = CircuitBreaker.AcquireProbe(record, Default, Lapse, _starved.AddSeconds(-1));
        Assert.Equal(BreakerState.HalfOpen, CircuitBreaker.Tick(record, Default, _starved).State);
        record = CircuitBreaker.ReportProbe(record, Default, permit!, true, null, _starved);
        Assert.Equal(BreakerState.Closed, CircuitBreaker.Tick(record, Default, _starved).State);
    }

    [Fact]
    public void A_probe_that_never_comes_back_does_not_hold_it_up()
    {
        var (record, _) = CircuitBreaker.AcquireProbe(CameBack(Default, 1, 0), Default, Lapse, _starved.AddSeconds(-1));
        Assert.Equal(BreakerState.Closed, CircuitBreaker.Tick(record, Default, _starved.AddSeconds(-1) + Lapse).State);
    }

    [Fact]
    public void Without_any_traffic_it_stays_half_open_and_lets_the_next_message_out_at_once()
    {
        var record = CircuitBreaker.Tick(HalfOpen(Default), Default, _starved.AddDays(1));
        Assert.Equal(BreakerState.HalfOpen, record.State);
        Assert.NotNull(CircuitBreaker.AcquireProbe(record, Default, Lapse, _starved.AddDays(1)).Permit);
    }

    [Fact]
    public void Fewer_permitted_probes_in_the_middle_of_a_round_do_not_make_it_stick()
    {
        var fewer = Default with { Probes = 2 };
        var record = CameBack(Default, 3, 2);
        Assert.Empty(TakeAll(record, fewer, _starved.AddSeconds(-1)).Permits);
        Assert.Equal(BreakerState.Open, CircuitBreaker.Tick(record, fewer, _starved).State);
    }

    [Fact]
    public void A_message_a_minute_to_a_healthy_downstream_closes_it_and_to_a_sick_one_never_does() => Laws.Hold(
        Gen.Zip(Gen.Choose(1, 600), Gen.Choose(1, 20)),
        c =>
        {
            var (gapSeconds, probes) = c;
            var settings = Default with { Probes = probes };
            Assert.Equal(BreakerState.Closed, Drip(settings, gapSeconds, succeeds: true).State);
            Assert.NotEqual(BreakerState.Closed, Drip(settings, gapSeconds, succeeds: false).State);
        });

    /// <summary>One message at a time, far apart, each of which is a probe if it may be sent at all.</summary>
    private static BreakerRecord Drip(BreakerSettings settings, int gapSeconds, bool succeeds)
    {
        var (record, now) = (HalfOpen(settings), HalfOpenAt(settings));
        for (var i = 0; i < 1 + Math.Max(settings.Probes, 60 / gapSeconds) + 2 && record.State != BreakerState.Closed; i++)
        {
            record = CircuitBreaker.Tick(record, settings, now);
            (record, var permit) = CircuitBreaker.AcquireProbe(record, settings, Lapse, now);
            now = now.AddSeconds(gapSeconds);
            if (permit is not null) record = CircuitBreaker.ReportProbe(record, settings, permit, succeeds, null, now.AddSeconds(-gapSeconds / 2.0));
        }

        return record;
    }

    private static BreakerRecord CameBack(BreakerSettings settings, int successes, int failures)
    {
        var now = HalfOpenAt(settings);
        var record = HalfOpen(settings);
        for (var i = 0; i < successes + failures; i++)
        {
            (record, var permit) = CircuitBreaker.AcquireProbe(record, settings, Lapse, now);
            record = CircuitBreaker.ReportProbe(record, settings, permit!, i < successes, null, now);
        }

        Assert.Equal(BreakerState.HalfOpen, record.State);
        return record;
    }
}
