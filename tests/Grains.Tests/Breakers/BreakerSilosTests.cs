using DlqCluster.Breakers;
using DlqCluster.Grains.Tests.Support;
using static DlqCluster.Grains.Tests.Breakers.BreakerCases;

namespace DlqCluster.Grains.Tests.Breakers;

/// <summary>One silo with a broken network stops itself, and nobody else.</summary>
[Trait("Spec", "CB8")]
public sealed class BreakerSilosTests
{
    private static readonly DateTimeOffset _now = Samples.Start;

    [Theory]
    [InlineData(20, 0)]
    [InlineData(1_000, 0)]
    [InlineData(1_000, 1)]
    [InlineData(1_000, 4)]
    public void What_only_one_silo_sees_cuts_off_that_silo_and_opens_for_nobody_else(int failures, int strays)
    {
        var breaker = Said(Said(Said(new(), "b", 30, 0), "c", 10, 0), "b", 30, strays, trailing: 0);

        breaker = Said(breaker, "a", 0, failures);

        Assert.Equal(BreakerState.Closed, breaker.Record.State);
        Assert.Equal(States(BreakerState.Open, BreakerState.Closed, BreakerState.Closed), StatesOf(breaker));
        var transition = breaker.Record.Transitions[0];
        Assert.Equal(("a", BreakerState.Closed, BreakerState.Open), (transition.Silo!, transition.From, transition.To));
        Assert.Contains($"{failures} failures in a row", transition.Reason, StringComparison.Ordinal);
        Assert.Contains("20 failures", Said(Said(new(), "b", 30, 0), "a", 0, 20).View(Default, _now)[0].Reason!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_silo_that_sends_far_more_than_all_others_does_not_outvote_them()
    {
        var breaker = Said(new(), "b", 3, 0, RatioOnly);
        for (var i = 0; i < 100; i++) breaker = Said(breaker, "a", 0, 1_000, RatioOnly);
        Assert.Equal((BreakerState.Closed, BreakerState.Open), (breaker.StateFor("b"), breaker.StateFor("a")));
    }

    [Fact]
    public void What_two_silos_see_opens_for_all()
    {
        foreach (var settings in new[] { Default, RatioOnly })
        {
            var breaker = Said(Said(new(), "c", 5, 0, settings), "a", 0, 15, settings);
            breaker = Said(breaker, "b", 0, 15, settings);
            Assert.Equal(States(BreakerState.Open, BreakerState.Open, BreakerState.Open), StatesOf(breaker));
            Assert.Null(breaker.Record.Transitions[0].Silo);
        }
    }

    [Fact]
    public void Where_only_one_silo_sends_its_word_is_enough()
    {
        var alone = Said(new(), "a", 0, 10);
        Assert.Equal((BreakerState.Open, BreakerState.Open), (alone.Record.State, alone.StateFor("b")));
        var longAgo = Said(new(), "b", 100, 0);
        Assert.Equal(BreakerState.Open, Said(longAgo, "a", 0, 20, now: _now.AddSeconds(62)).Record.State);
    }

    [Fact]
    public void A_stray_failure_elsewhere_is_no_second_witness()
    {
        var breaker = Said(Said(new(), "b", 100, 1, trailing: 1), "a", 0, 19);
        Assert.Equal((20, BreakerState.Closed), (breaker.Record.ConsecutiveFailures, breaker.Record.State));
        Assert.Equal(BreakerState.Open, Said(Said(new(), "b", 100, 5, trailing: 5), "a", 0, 15).Record.State);
    }

    [Fact]
    public void Slow_attempts_of_one_silo_are_its_own_trouble_and_those_of_two_are_not()
    {
        var settings = RatioOnly with { SlowCallMs = 100 };
        var breaker = Said(Said(new(), "b", 10, 0, settings), "a", 100, 0, settings, slow: 100);
        Assert.Equal((BreakerState.Closed, BreakerState.Open), (breaker.StateFor("b"), breaker.StateFor("a")));
        Assert.Contains("100 of 100 attempts took longer than 100 ms", breaker.Record.Transitions[0].Reason, StringComparison.Ordinal);
        Assert.Equal(BreakerState.Open, Said(breaker, "b", 90, 0, settings, slow: 90).Record.State);
    }

    [Fact]
    public void A_silo_that_is_cut_off_finds_back_by_its_own_probes_while_all_others_send()
    {
        var (breaker, now) = CutOff();
        var (_, early) = breaker.AcquireProbe(Default, "a", Lapse, now);
        Assert.Null(early);

        now = now.AddMilliseconds(Default.OpenMs);
        breaker = breaker.Hear("a", now).Tick(Default, now);
        Assert.Equal(BreakerState.HalfOpen, breaker.StateFor("a"));
        (breaker, var permits) = TakeAll(breaker, "a", now);
        Assert.Equal(Default.Probes, permits.Length);
        Assert.Null(breaker.AcquireProbe(Default, "b", Lapse, now).Permit);
        foreach (var permit in permits) breaker = breaker.ReportProbe(Default, permit, true, null, now);

        Assert.Equal(States(BreakerState.Closed, BreakerState.Closed, BreakerState.Closed), StatesOf(breaker));
        Assert.Equal(("a", BreakerState.Closed), (breaker.Record.Transitions[0].Silo!, breaker.Record.Transitions[0].To));
        Assert.Equal(Default.RampStartPerSecond, breaker.RampRate(Default, "a", now));
        Assert.Null(breaker.RampRate(Default, "b", now));
        // What it had counted before is forgotten: a single failure does not cut it off again.
        Assert.Equal(BreakerState.Closed, Said(breaker, "a", 0, 1, now: now).StateFor("a"));
    }

    [Fact]
    public void When_its_probes_fail_it_stays_cut_off_and_tries_again()
    {
        var (breaker, now) = CutOff();
        for (var round = 0; round < 3; round++)
        {
            now = now.AddMilliseconds(Default.OpenMs);
            breaker = Said(breaker, "b", 1, 0, now: now).Hear("a", now).Tick(Default, now);
            (breaker, var permits) = TakeAll(breaker, "a", now);
            foreach (var permit in permits) breaker = breaker.ReportProbe(Default, permit, false, "no route", now);
            Assert.Equal((BreakerState.Open, BreakerState.Closed), (breaker.StateFor("a"), breaker.StateFor("b")));
        }

        // The first cut is told, and not each of its probes.
        Assert.Single(breaker.Record.Transitions);
    }

    [Fact]
    public void When_half_of_those_that_send_are_cut_off_one_by_one_it_is_the_downstream()
    {
        var (breaker, now) = CutOff();
        breaker = Said(breaker, "b", 1, 0, now: now);
        Assert.Equal(BreakerState.Closed, breaker.Record.State);
        breaker = Said(Said(breaker, "c", 1, 0, now: now), "b", 0, 20, now: now);
        Assert.Equal(BreakerState.Open, breaker.StateFor("c"));
    }

    [Fact]
    public void When_nobody_else_sends_any_more_the_one_that_is_cut_off_speaks_for_all()
    {
        var (breaker, now) = CutOff();
        now = now.AddMilliseconds(Default.WindowMs + 1);
        Assert.Equal(BreakerState.Open, breaker.Hear("a", now).Tick(Default, now).Record.State);
    }

    [Fact]
    public void Half_open_the_failures_of_one_silo_do_not_reopen_it_while_others_ask_too()
    {
        var now = HalfOpenAt(Default);
        var breaker = HalfOpenFor("a", "b");
        (breaker, var lost) = Probe(breaker, "a", now, count: 4, succeeded: false);
        Assert.Equal((BreakerState.HalfOpen, BreakerState.Open, BreakerState.HalfOpen), (breaker.Record.State, breaker.StateFor("a"), breaker.StateFor("b")));
        Assert.Null(breaker.AcquireProbe(Default, "a", Lapse, now).Permit);

        (breaker, _) = Probe(breaker, "b", now, count: 8, succeeded: true);

        Assert.Equal((BreakerState.Closed, BreakerState.Open, BreakerState.Closed), (breaker.Record.State, breaker.StateFor("a"), breaker.StateFor("b")));
        Assert.All(lost, permit => Assert.Same(breaker, breaker.ReportProbe(Default, permit, true, null, now)));
        // It is not opened again for want of others that send: they have just been heard.
        Assert.Equal(BreakerState.Closed, breaker.Tick(Default, now.AddSeconds(1)).Record.State);
    }

    [Fact]
    public void Half_open_the_failures_of_two_silos_reopen_it_though_the_first_sat_out()
    {
        var now = HalfOpenAt(Default);
        var (breaker, _) = Probe(HalfOpenFor("a", "b"), "a", now, count: 3, succeeded: false);
        (breaker, _) = Probe(breaker, "b", now, count: 1, succeeded: false);
        Assert.Equal((BreakerState.Open, BreakerState.Open), (breaker.StateFor("a"), breaker.StateFor("b")));
    }

    [Fact]
    public void Half_open_it_never_sticks_when_the_others_do_not_come_after_all()
    {
        var now = HalfOpenAt(Default);
        var (breaker, _) = Probe(HalfOpenFor("a", "b"), "a", now, count: 3, succeeded: false);
        now = now.AddMilliseconds(Default.HalfOpenMs);
        breaker = breaker.Hear("a", now).Tick(Default, now);
        Assert.Equal(BreakerState.HalfOpen, breaker.StateFor("a"));
        Assert.Equal(BreakerState.Open, Probe(breaker, "a", now, count: 3, succeeded: false).Next.Record.State);
        Assert.Equal(BreakerState.Closed, Probe(breaker, "a", now, count: 8, succeeded: true).Next.Record.State);
    }

    [Theory]
    [InlineData(BreakerMode.ForcedClosed)]
    [InlineData(BreakerMode.MetricsOnly)]
    [InlineData(BreakerMode.Disabled)]
    [InlineData(BreakerMode.Auto)]
    public void An_operators_word_holds_for_the_silo_that_was_cut_off_too(BreakerMode mode)
    {
        var (breaker, now) = CutOff();
        breaker = breaker.Force(new ForceBreaker(mode, "because", "ann", null), now);
        Assert.Equal(BreakerState.Closed, breaker.StateFor("a"));
        if (mode != BreakerMode.Auto) Assert.Equal(BreakerState.Closed, Said(breaker, "a", 0, 1_000, now: now).StateFor("a"));
    }

    [Fact]
    public void No_more_silos_are_remembered_than_permitted_and_the_quietest_goes_first()
    {
        var breaker = new ClusterBreaker();
        for (var i = 0; i < ClusterBreaker.SilosKept + 10; i++) breaker = breaker.Hear($"silo-{i:D4}", _now.AddMilliseconds(i));
        Assert.Equal(ClusterBreaker.SilosKept, breaker.Silos.Count);
        Assert.False(breaker.Silos.ContainsKey("silo-0009"));
        Assert.Single(breaker.Hear("late", _now.AddHours(2)).Silos);
    }

    /// <summary>Where "a" alone is cut off, and "b" and "c" send.</summary>
    private static (ClusterBreaker Breaker, DateTimeOffset Now) CutOff()
    {
        var breaker = Said(Said(Said(new(), "b", 30, 0), "c", 30, 0), "a", 0, 20);
        Assert.Equal((BreakerState.Open, BreakerState.Closed), (breaker.StateFor("a"), breaker.Record.State));
        return (breaker, _now);
    }

    private static ClusterBreaker HalfOpenFor(params string[] silos)
    {
        var now = HalfOpenAt(Default);
        var breaker = new ClusterBreaker { Record = HalfOpen(Default) };
        return silos.Aggregate(breaker, (one, silo) => one.Hear(silo, now)).Tick(Default, now);
    }

    /// <summary>Takes all permits that are free, and brings so many of them back.</summary>
    private static (ClusterBreaker Next, string[] StillOut) Probe(ClusterBreaker breaker, string silo, DateTimeOffset now, int count, bool succeeded)
    {
        (breaker, var permits) = TakeAll(breaker, silo, now);
        foreach (var permit in permits.Take(count)) breaker = breaker.ReportProbe(Default, permit, succeeded, succeeded ? null : "no route", now);
        foreach (var permit in permits.Skip(count)) breaker = breaker.ReportProbe(Default, permit, null, null, now);
        return (breaker, permits.Skip(count).ToArray());
    }

    private static (ClusterBreaker Next, string[] Permits) TakeAll(ClusterBreaker breaker, string silo, DateTimeOffset now)
    {
        var permits = new List<string>();
        while (true)
        {
            (breaker, var permit) = breaker.AcquireProbe(Default, silo, Lapse, now);
            if (permit is null) return (breaker, permits.ToArray());
            permits.Add(permit);
        }
    }

    private static ClusterBreaker Said(
        ClusterBreaker breaker, string silo, int successes, int failures, BreakerSettings? settings = null, int slow = 0, int? trailing = null,
        DateTimeOffset? now = null)
    {
        var report = Outcomes(successes, failures, slow, trailing) with { Silo = silo };
        return breaker.Hear(silo, now ?? _now).Tick(settings ?? Default, now ?? _now).Report(settings ?? Default, report, now ?? _now);
    }

    private static BreakerState[] States(params BreakerState[] states) => states;

    private static BreakerState[] StatesOf(ClusterBreaker breaker) => [breaker.StateFor("a"), breaker.StateFor("b"), breaker.StateFor("c")];
}
