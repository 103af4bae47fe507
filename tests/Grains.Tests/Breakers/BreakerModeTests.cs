using DlqCluster.Breakers;
using DlqCluster.Grains.Tests.Support;
using static DlqCluster.Grains.Tests.Breakers.BreakerCases;

namespace DlqCluster.Grains.Tests.Breakers;

/// <summary>What operators do to a breaker, and the recovery ramp.</summary>
public sealed class BreakerModeTests
{
    private static readonly DateTimeOffset _now = Samples.At(100);

    [Theory]
    [Trait("Spec", "CB4")]
    [Trait("Spec", "CB6")]
    [InlineData(BreakerMode.Auto, BreakerState.Closed)]
    [InlineData(BreakerMode.ForcedOpen, BreakerState.Open)]
    [InlineData(BreakerMode.ForcedClosed, BreakerState.Closed)]
    [InlineData(BreakerMode.Disabled, BreakerState.Closed)]
    [InlineData(BreakerMode.MetricsOnly, BreakerState.Closed)]
    public void Each_mode_holds_it_from_every_state_and_says_who_and_why(BreakerMode mode, BreakerState state)
    {
        foreach (var before in EveryState())
        {
            var record = Force(before, mode, _now);
            Assert.Equal((state, mode), (record.EffectiveState, record.Mode));
            Assert.Equal(mode == BreakerMode.Auto ? null : "because", record.ModeReason);
            Assert.Null(record.ModeUntil);
            Assert.Equal(before.Version + 1, record.Version);
            var transition = record.Transitions[0];
            Assert.Equal(
                (before.EffectiveState, state, mode, "because", "ann"),
                (transition.From, transition.To, transition.Mode, transition.Reason, transition.By));
            Assert.Equal(state, CircuitBreaker.Tick(record, Default, _now.AddYears(1)).EffectiveState);
        }
    }

    [Fact]
    [Trait("Spec", "CB4")]
    public void A_reset_closes_it_and_forgets_what_was_counted()
    {
        var record = Force(CircuitBreaker.Report(Open(Default, Samples.Start), Default, Outcomes(0, 50), _now), BreakerMode.Auto, _now);
        Assert.Empty(record.Window);
        Assert.Equal((0, null, null), (record.ConsecutiveFailures, record.OpenedAt, record.HalfOpenAt));
        Assert.Equal(BreakerState.Closed, CircuitBreaker.Report(record, Default, Outcomes(0, 9), _now).State);
    }

    [Theory]
    [Trait("Spec", "CB6")]
    [InlineData(BreakerMode.ForcedClosed, BreakerState.Closed)]
    [InlineData(BreakerMode.Disabled, BreakerState.Closed)]
    [InlineData(BreakerMode.MetricsOnly, BreakerState.Closed)]
    [InlineData(BreakerMode.ForcedOpen, BreakerState.HalfOpen)]
    public void A_forced_mode_ends_by_itself_and_after_a_forced_opening_the_downstream_is_asked(BreakerMode mode, BreakerState afterwards)
    {
        foreach (var before in EveryState())
        {
            var record = Force(before, mode, _now, TimeSpan.FromMinutes(5));
            Assert.Equal(_now.AddMinutes(5), record.ModeUntil);
            Assert.Same(record, CircuitBreaker.Tick(record, Default, _now.AddMinutes(5).AddTicks(-1)));
            var over = CircuitBreaker.Tick(record, Default, _now.AddMinutes(5));
            Assert.Equal((afterwards, BreakerMode.Auto), (over.EffectiveState, over.Mode));
            Assert.Equal((null, null), (over.ModeReason, over.ModeUntil));
            Assert.Contains(over.Transitions, transition => transition is { Reason: "the forced mode came to its end", By: null });
        }
    }

    [Fact]
    [Trait("Spec", "CB5")]
    public void After_a_forced_opening_it_still_says_when_it_opened()
    {
        var record = Force(new BreakerRecord(), BreakerMode.ForcedOpen, _now, TimeSpan.FromMinutes(5));
        Assert.Equal(_now, CircuitBreaker.Tick(record, Default, _now.AddMinutes(5)).OpenedAt);
    }

    [Fact]
    [Trait("Spec", "CB6")]
    public void Forced_modes_count_and_disabled_does_not()
    {
        foreach (var mode in new[] { BreakerMode.ForcedOpen, BreakerMode.ForcedClosed, BreakerMode.MetricsOnly })
        {
            var record = CircuitBreaker.Report(Force(new BreakerRecord(), mode, _now), Default, Outcomes(1, 1_000), _now);
            Assert.Equal(1_000, BreakerWindow.Sum(record.Window, 60_000, _now).Failures);
            Assert.Equal(mode, record.Mode);
            Assert.Equal(BreakerState.Closed, record.State);
        }

        var disabled = Force(new BreakerRecord(), BreakerMode.Disabled, _now);
        Assert.Same(disabled, CircuitBreaker.Report(disabled, Default, Outcomes(0, 1_000), _now));
    }

    [Fact]
    [Trait("Spec", "CB4")]
    public void The_last_command_wins_and_a_mode_without_end_has_none()
    {
        var record = Force(Force(new BreakerRecord(), BreakerMode.ForcedOpen, _now, TimeSpan.FromMinutes(1)), BreakerMode.ForcedClosed, _now);
        Assert.Null(record.ModeUntil);
        Assert.Equal(BreakerMode.ForcedClosed, CircuitBreaker.Tick(record, Default, _now.AddDays(1)).Mode);
    }

    [Fact]
    [Trait("Spec", "CB5")]
    public void The_last_fifty_transitions_are_kept_newest_first()
    {
        var record = new BreakerRecord();
        for (var i = 0; i < 120; i++) record = Force(record, i % 2 == 0 ? BreakerMode.ForcedOpen : BreakerMode.Auto, _now.AddSeconds(i));
        Assert.Equal((50, 120L), (record.Transitions.Count, record.Version));
        Assert.Equal(Enumerable.Range(70, 50).Reverse().Select(i => _now.AddSeconds(i)), record.Transitions.Select(transition => transition.At));
    }

    [Theory]
    [Trait("Spec", "CB7")]
    [InlineData(0, 20.0)]
    [InlineData(1.999, 20.0)]
    [InlineData(2, 40.0)]
    [InlineData(4, 80.0)]
    [InlineData(14, 2560.0)]
    [InlineData(15.999, 2560.0)]
    [InlineData(16, null)]
    [InlineData(1e9, null)]
    [InlineData(-5, 20.0)]
    public void After_closing_the_ramp_doubles_every_interval_until_it_ends(double seconds, double? rate) =>
        Assert.Equal(rate, CircuitBreaker.RampRate(new BreakerRecord { ClosedAt = _now }, Default, _now.AddSeconds(seconds)));

    [Fact]
    [Trait("Spec", "CB7")]
    public void There_is_no_ramp_where_nothing_was_closed_or_it_is_switched_off_or_starts_at_its_end()
    {
        Assert.Null(CircuitBreaker.RampRate(new BreakerRecord(), Default, _now));
        var closed = new BreakerRecord { ClosedAt = _now };
        Assert.Null(CircuitBreaker.RampRate(closed, Default with { RampDoublingMs = 0 }, _now));
        Assert.Null(CircuitBreaker.RampRate(closed, Default with { RampStartPerSecond = 5_000 }, _now));
    }

    [Fact]
    [Trait("Spec", "CB7")]
    public void Whoever_closes_a_breaker_that_was_open_starts_the_ramp()
    {
        foreach (var mode in new[] { BreakerMode.Auto, BreakerMode.ForcedClosed, BreakerMode.Disabled, BreakerMode.MetricsOnly })
        {
            Assert.Equal(_now, Force(Open(Default, Samples.Start), mode, _now).ClosedAt);
            Assert.Equal(_now, Force(HalfOpen(Default), mode, _now).ClosedAt);
            Assert.Equal(_now, Force(Force(new BreakerRecord(), BreakerMode.ForcedOpen, Samples.Start), mode, _now).ClosedAt);
            Assert.Null(Force(new BreakerRecord(), mode, _now).ClosedAt);
        }
    }

    private static BreakerRecord[] EveryState() =>
    [
        new(), Open(Default, Samples.Start), HalfOpen(Default), TakeAll(HalfOpen(Default), Default, HalfOpenAt(Default)).Record,
        Force(new BreakerRecord(), BreakerMode.ForcedOpen, Samples.Start), Force(new BreakerRecord(), BreakerMode.Disabled, Samples.Start),
    ];
}
