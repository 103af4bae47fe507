using System.Runtime.CompilerServices;
using DlqCluster.Breakers;
using DlqCluster.Grains.Tests.Support;
using FsCheck.Fluent;

namespace DlqCluster.Grains.Tests.Breakers;

/// <summary>Whole lives of a breaker, drawn at random, beside what really goes on outside it.</summary>
public sealed class BreakerWalkTests
{
    public enum Act
    {
        TimePasses,
        LongTimePasses,
        Succeed,
        Fail,
        Acquire,
        ProbeSucceeds,
        ProbeFails,
        ProbeHandedBack,
        ProbeIsLost,
        ForceOpen,
        ForceClosed,
        Reset,
        ChangeSettings,
    }

    /// <summary>Acts of the breaker alone: an operator's are rarer, and have tests of their own.</summary>
    private static readonly Act[] _byItself =
        [.. Enum.GetValues<Act>().Where(act => act < Act.ForceOpen), Act.Acquire, Act.Acquire, Act.Acquire, Act.Acquire, Act.Fail, Act.Fail];

    [Fact]
    [Trait("Spec", "CB2")]
    public void Never_are_more_probes_out_than_permitted_whatever_comes_back_is_lost_or_lapses() => Walks(_byItself, times: 1_000);

    [Fact]
    [Trait("Spec", "CB4")]
    public void That_holds_whatever_operators_do_meanwhile() => Walks([.. _byItself, .. Enum.GetValues<Act>()], times: 1_000);

    private static void Walks(Act[] acts, int times, [CallerMemberName] string name = "") => Laws.HoldForEach(
        Gen.Elements(acts).ArrayOf().Resize(200),
        steps =>
        {
            var walk = new Walk();
            for (var i = 0; i < steps.Length; i++) walk.Take(steps[i], i);
            walk.Recover();
        },
        times,
        name);

    private sealed class Walk
    {
        private static readonly TimeSpan _lapse = TimeSpan.FromSeconds(15);

        /// <summary>Probes that are really on their way to the downstream; until they lapse they may still arrive there.</summary>
        private readonly List<(string Permit, DateTimeOffset Until)> _out = [];

        private readonly HashSet<string> _permits = [];
        private BreakerSettings _settings = new() { MinimumRequests = 4, ConsecutiveFailures = 6, Probes = 5, OpenMs = 5_000, HalfOpenMs = 8_000 };
        private BreakerRecord _record = new();
        private DateTimeOffset _now = Samples.Start;

        public void Take(Act act, int step)
        {
            _record = CircuitBreaker.Tick(_record, _settings, _now);
            _out.RemoveAll(probe => probe.Until <= _now);
            var before = _record;
            switch (act)
            {
                case Act.TimePasses: _now = _now.AddMilliseconds(700); break;
                case Act.LongTimePasses: _now = _now.AddMilliseconds(5_300); break;
                case Act.Succeed: Report(1, 0); break;
                case Act.Fail: Report(0, 1); break;
                case Act.Acquire: Acquire(); break;
                case Act.ProbeSucceeds: ComeBack(step, true); break;
                case Act.ProbeFails: ComeBack(step, false); break;
                case Act.ProbeHandedBack: ComeBack(step, null); break;
                case Act.ForceOpen: Force(BreakerMode.ForcedOpen, 2); break;
                case Act.ForceClosed: Force(BreakerMode.ForcedClosed, 2); break;
                case Act.Reset: Force(BreakerMode.Auto, null); break;
                case Act.ChangeSettings: _settings = _settings with { WindowMs = 1_000 * (1 + (step % 60)) }; break;
                default: break;
            }

            Check(before);
        }

        /// <summary>From wherever it is, a downstream that is well again is found to be so.</summary>
        public void Recover()
        {
            for (var tries = 0; tries < 100; tries++)
            {
                _now = _now.AddSeconds(3);
                _record = CircuitBreaker.Tick(_record, _settings, _now);
                if (_record.EffectiveState == BreakerState.Closed) return;
                (_record, var permit) = CircuitBreaker.AcquireProbe(_record, _settings, _lapse, _now);
                if (permit is not null) _record = CircuitBreaker.ReportProbe(_record, _settings, permit, true, null, _now);
            }

            Assert.Fail($"It does not close again: {_record}");
        }

        private void Report(int successes, int failures) =>
            _record = CircuitBreaker.Report(_record, _settings, BreakerCases.Outcomes(successes, failures), _now);

        private void Acquire()
        {
            (_record, var permit) = CircuitBreaker.AcquireProbe(_record, _settings, _lapse, _now);
            if (permit is null) return;
            Assert.Equal(BreakerState.HalfOpen, _record.EffectiveState);
            Assert.True(_permits.Add(permit), "A permit was given twice.");
            _out.Add((permit, _now + _lapse));
            Assert.True(_out.Count <= _settings.Probes, $"{_out.Count} probes are out, {_settings.Probes} are permitted.");
        }

        private void ComeBack(int which, bool? succeeded)
        {
            if (_out.Count == 0) return;
            var probe = _out[which % _out.Count];
            _out.Remove(probe);
            _record = CircuitBreaker.ReportProbe(_record, _settings, probe.Permit, succeeded, null, _now);
        }

        private void Force(BreakerMode mode, int? seconds) =>
            _record = BreakerCases.Force(_record, mode, _now, seconds is { } s ? TimeSpan.FromSeconds(s) : null);

        private void Check(BreakerRecord before)
        {
            Assert.InRange(_record.ProbesOut.Count, 0, _settings.Probes);
            Assert.InRange(_record.ProbeSuccesses + _record.ProbeFailures, 0, _settings.Probes);
            Assert.InRange(_record.Transitions.Count, 0, CircuitBreaker.TransitionsKept);
            Assert.True(_record.Version >= before.Version);
            if (_record.EffectiveState != before.EffectiveState || _record.Mode != before.Mode) Assert.True(_record.Version > before.Version);
            if (_record.Version == before.Version) return;
            Assert.Equal(_record.EffectiveState, _record.Transitions[0].To);
            Assert.Equal(before.EffectiveState, _record.Transitions[0].From);
            if (_record.State == BreakerState.Open) Assert.NotNull(_record.OpenedAt);
            if (before.Mode == BreakerMode.Auto && _record.Mode == BreakerMode.Auto && before.State == BreakerState.Open)
                Assert.True(_record.Transitions[0].By is not null, "Only time or an operator ends an opening.");
        }
    }
}
