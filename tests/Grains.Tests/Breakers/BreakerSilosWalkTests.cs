using System.Runtime.CompilerServices;
using DlqCluster.Breakers;
using DlqCluster.Grains.Tests.Support;
using FsCheck.Fluent;

namespace DlqCluster.Grains.Tests.Breakers;

/// <summary>Three silos that send, drawn at random.</summary>
[Trait("Spec", "CB8")]
public sealed class BreakerSilosWalkTests
{
    private const int Silos = 3;

    [Fact]
    public void A_silo_that_alone_cannot_reach_the_downstream_holds_back_nobody_else() => Walks((silo, _) => silo != 0, walk =>
    {
        Assert.Equal(BreakerState.Closed, walk.Breaker.Record.State);
        Assert.Equal((BreakerState.Closed, BreakerState.Closed), (walk.StateFor(1), walk.StateFor(2)));
    });

    [Fact]
    public void A_downstream_that_is_down_is_spared_by_all_after_few_attempts_of_each() => Walks((_, _) => false, walk =>
        Assert.All(walk.Sent, sent => Assert.InRange(sent, 0, 60)));

    [Fact]
    public void Half_open_never_are_more_probes_out_than_permitted_whoever_asks() => Walks((silo, step) => (silo + step) % 5 > 1, walk =>
    {
        if (walk.Breaker.Record.State == BreakerState.HalfOpen)
            Assert.InRange(walk.Breaker.Record.ProbesOut.Count, 0, walk.Settings.Probes);
    });

    [Fact]
    public void Whatever_happened_all_send_again_when_the_downstream_is_well_for_all() => Walks(
        (silo, step) => (silo + step) % 7 > 3, static _ => { }, static walk => walk.Recover());

    private static void Walks(Func<int, int, bool> reaches, Action<Walk> check, Action<Walk>? end = null, [CallerMemberName] string name = "") => Laws.HoldForEach(
        Gen.Choose(0, (Silos * 4) - 1).ArrayOf().Resize(400),
        steps =>
        {
            var walk = new Walk();
            for (var i = 0; i < steps.Length; i++)
            {
                walk.Turn(steps[i] % Silos, steps[i] / Silos, reaches(steps[i] % Silos, i));
                check(walk);
            }

            end?.Invoke(walk);
        },
        times: 300,
        name);

    private sealed class Walk
    {
        private static readonly TimeSpan _lapse = TimeSpan.FromSeconds(15);
        private DateTimeOffset _now = Samples.Start;

        public Walk()
        {
            // Each has sent before, so nobody is alone.
            for (var silo = 0; silo < Silos; silo++) Report(silo, true);
        }

        public BreakerSettings Settings { get; } = new() { MinimumRequests = 4, ConsecutiveFailures = 6, Probes = 5, OpenMs = 3_000, HalfOpenMs = 4_000 };

        public ClusterBreaker Breaker { get; private set; } = new();

        public int[] Sent { get; } = new int[Silos];

        public BreakerState StateFor(int silo) => Breaker.StateFor(Name(silo));

        /// <summary>A silo has a message to send: it does what the breaker lets it do, after some time has passed.</summary>
        public void Turn(int silo, int wait, bool reaches)
        {
            _now = _now.AddMilliseconds(wait * 100);
            Breaker = Breaker.Hear(Name(silo), _now).Tick(Settings, _now);
            switch (StateFor(silo))
            {
                case BreakerState.Closed:
                    Report(silo, reaches);
                    break;
                case BreakerState.HalfOpen:
                    (Breaker, var permit) = Breaker.AcquireProbe(Settings, Name(silo), _lapse, _now);
                    if (permit is null) break;
                    Sent[silo]++;
                    Breaker = Breaker.ReportProbe(Settings, permit, reaches, reaches ? null : "no route", _now);
                    break;
                default:
                    break;
            }
        }

        public void Recover()
        {
            for (var i = 0; i < 1_000 && Enumerable.Range(0, Silos).Any(silo => StateFor(silo) != BreakerState.Closed); i++)
                Turn(i % Silos, wait: 3, reaches: true);
            Assert.All(Enumerable.Range(0, Silos), silo => Assert.Equal(BreakerState.Closed, StateFor(silo)));
        }

        private static string Name(int silo) => $"silo-{silo}";

        private void Report(int silo, bool succeeded)
        {
            Sent[silo]++;
            Breaker = Breaker.Hear(Name(silo), _now).Report(
                Settings, BreakerCases.Outcomes(succeeded ? 1 : 0, succeeded ? 0 : 1) with { Silo = Name(silo) }, _now);
        }
    }
}
