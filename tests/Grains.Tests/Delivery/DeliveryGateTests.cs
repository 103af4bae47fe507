using DlqCluster.Breakers;
using DlqCluster.Delivery;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Delivery;

/// <summary>Whom a gate admits, and when.</summary>
public sealed class DeliveryGateTests : IDisposable
{
    private static readonly GateTicket _admitted = new(Admission.Admitted);
    private static readonly AttemptResult _failure = AttemptResult.Failed(ErrorType.Server, "HTTP 503");

    private readonly GateRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    [Trait("Spec", "CB3")]
    public void Nothing_is_sent_before_there_is_a_lease()
    {
        var gate = _rig.Gate();
        var first = Enter(gate);
        Assert.False(first.IsCompleted);
        _rig.Settle();
        Assert.Equal(_admitted, Now(first));
        Assert.Equal(_admitted, Now(Enter(gate)));
    }

    [Fact]
    [Trait("Spec", "DE5")]
    public void No_more_than_the_downstream_allows_are_on_their_way_and_the_smallest_rank_goes_next()
    {
        var gate = _rig.OpenGate();
        var tickets = new[] { Enter(gate), Enter(gate) };
        var (late, early, middle) = (Enter(gate, 30), Enter(gate, 10), Enter(gate, 20));
        Assert.Equal(new GateCounts(3, 2, false), gate.Counts);
        foreach (var (next, others) in new[] { (early, new[] { middle, late }), (middle, [late]), (late, []) })
        {
            gate.Leave(Now(tickets[0]), AttemptResult.Delivered(), TimeSpan.Zero);
            Assert.Equal(_admitted, Now(next));
            Assert.All(others, other => Assert.False(other.IsCompleted));
        }
    }

    [Fact]
    [Trait("Spec", "DE6")]
    public void While_paused_nobody_passes_and_afterwards_everybody_does()
    {
        var gate = _rig.Gate(paused: true);
        var waiting = Enter(gate);
        _rig.Pass(2_000);
        Assert.False(waiting.IsCompleted);
        Assert.Equal((new GateCounts(1, 0, true), 0), (gate.Counts, gate.Room));
        gate.Update(_rig.Definition, paused: false);
        _rig.Settle();
        Assert.Equal(_admitted, Now(waiting));
    }

    [Fact]
    public void Too_many_waiting_are_shed()
    {
        _rig.Delivery.MaxWaiting = 2;
        var gate = _rig.Gate(paused: true);
        Assert.False(Enter(gate).IsCompleted);
        Assert.False(Enter(gate).IsCompleted);
        Assert.Equal(Admission.Shed, Now(Enter(gate)).Admission);
    }

    [Fact]
    [Trait("Spec", "DE9")]
    public void A_silo_that_shuts_down_sends_nothing_more()
    {
        var gate = _rig.Gate(paused: true);
        var waiting = Enter(gate);
        _rig.Drain.Begin();
        Assert.Equal(Admission.Closing, Now(waiting).Admission);
        Assert.Equal(Admission.Closing, Now(Enter(gate)).Admission);
        Assert.Equal(0, gate.Room);
    }

    [Fact]
    [Trait("Spec", "CB2")]
    public void Once_the_breaker_is_open_nothing_is_sent_for_longer_than_a_lease_and_it_goes_on_when_it_closes()
    {
        var gate = _rig.OpenGate();
        _rig.Breaker.Lease = new BreakerLease(BreakerState.Open, 2, 250, null, 1_000);
        gate.Leave(Now(Enter(gate)), _failure, TimeSpan.Zero);
        _rig.Pass(250);
        var waiting = Enter(gate);
        _rig.Pass(10_000);
        Assert.False(waiting.IsCompleted);
        Assert.True(gate.Counts.Blocked);
        _rig.Breaker.Lease = new BreakerLease(BreakerState.Closed, 3, 250, null, 250);
        _rig.Pass(1_001);
        Assert.Equal(_admitted, Now(waiting));
    }

    [Fact]
    [Trait("Spec", "CB3")]
    public void A_lease_is_never_used_for_longer_than_it_lasts_whatever_the_wall_clock_does()
    {
        var gate = _rig.OpenGate();
        _rig.Breaker.Lease = new BreakerLease(BreakerState.Open, 2, 250, null, 1_000);
        _rig.Time.SetWallClock(TimeSpan.FromHours(-1));
        _rig.Pass(300);
        var late = Enter(gate);
        _rig.Settle();
        Assert.False(late.IsCompleted);
    }

    [Fact]
    [Trait("Spec", "CB6")]
    public void Half_open_a_gate_that_got_no_permit_asks_again_though_nobody_tells_it_that_one_is_free()
    {
        var gate = _rig.OpenGate();
        _rig.Breaker.Lease = new BreakerLease(BreakerState.HalfOpen, 2, 250, null, 250);
        _rig.Pass(300);
        var waiting = Enter(gate);
        _rig.Pass(2_000);
        Assert.False(waiting.IsCompleted);

        _rig.Breaker.FreePermits = 1;
        _rig.Pass(600);

        Assert.Equal("p1", Now(waiting).Probe);
    }

    [Fact]
    [Trait("Spec", "CB2")]
    public void Half_open_each_message_needs_a_permit_and_its_outcome_is_reported_with_it()
    {
        _rig.Breaker.Lease = new BreakerLease(BreakerState.HalfOpen, 2, 250, null, 250);
        _rig.Breaker.FreePermits = 1;
        var gate = _rig.Gate();
        var (first, second) = (Enter(gate, 1), Enter(gate, 2));
        _rig.Settle();
        Assert.Equal("p1", Now(first).Probe);
        _rig.Pass(1_000);
        Assert.False(second.IsCompleted);
        _rig.Breaker.FreePermits = 1;
        gate.Leave(Now(first), AttemptResult.Failed(ErrorType.Validation, "no"), TimeSpan.Zero);
        _rig.Pass(1_000);
        Assert.Equal(("p1", true), (_rig.Breaker.ProbeReports[0].Permit, _rig.Breaker.ProbeReports[0].Succeeded!.Value));
        gate.Leave(Now(second), _failure, TimeSpan.Zero);
        _rig.Settle();
        Assert.False(_rig.Breaker.ProbeReports[1].Succeeded);
        Assert.All(_rig.Breaker.Reports, report => Assert.Equal((0, 0), (report.Successes, report.Failures)));
    }

    [Fact]
    [Trait("Spec", "CB2")]
    public void A_permit_that_nobody_needs_any_more_is_handed_back()
    {
        _rig.Breaker.Lease = new BreakerLease(BreakerState.HalfOpen, 2, 250, null, 250);
        _rig.Breaker.FreePermits = 1;
        _rig.Breaker.HoldProbeAnswers = new TaskCompletionSource();
        using var owner = new CancellationTokenSource();
        var gate = _rig.Gate();
        var waiting = gate.EnterAsync(Samples.Start, owner.Token).AsTask();
        _rig.Settle();
        owner.Cancel();
        _rig.Breaker.HoldProbeAnswers.SetResult();
        _rig.Settle();
        Assert.True(waiting.IsCanceled);
        Assert.Equal(("p1", null), Assert.Single(_rig.Breaker.ProbeReports));
        Assert.Equal((0, 0), (gate.Counts.Waiting, gate.Counts.InFlight));
    }

    [Fact]
    [Trait("Spec", "CB5")]
    public void Outcomes_are_reported_in_batches_and_permanent_failures_count_as_successes_unless_asked_otherwise()
    {
        var gate = _rig.OpenGate();
        foreach (var result in new[] { AttemptResult.Delivered(), AttemptResult.Failed(ErrorType.Client, "no"), _failure })
            gate.Leave(Now(Enter(gate)), result, TimeSpan.Zero);
        _rig.Pass(250);
        var report = Assert.Single(_rig.Breaker.Reports, report => report.Successes + report.Failures > 0);
        Assert.Equal((2, 1, 1, "HTTP 503"), (report.Successes, report.Failures, report.TrailingFailures, report.LastError!));
    }

    [Fact]
    [Trait("Spec", "CB5")]
    public void A_breaker_that_was_away_is_asked_again_even_where_that_could_not_be_logged()
    {
        var gate = _rig.OpenGate();
        (_rig.Breaker.Failure, _rig.Log.Failures) = (new TimeoutException(), 0);
        _rig.Pass(1_000);
        var waiting = Enter(gate);
        _rig.Pass(1_000);
        Assert.False(waiting.IsCompleted);
        Assert.True(_rig.Log.Failures > 0);

        _rig.Breaker.Failure = null;
        _rig.Pass(1_000);
        Assert.Equal(Admission.Admitted, Now(waiting).Admission);
    }

    [Fact]
    [Trait("Spec", "DE5")]
    public void The_rate_limit_paces_what_is_sent()
    {
        _rig.Definition = _rig.Definition with { RatePerSecond = 5, MaxConcurrency = 100 };
        var gate = _rig.OpenGate();
        var waiting = Enumerable.Range(0, 20).Select(i => Enter(gate, i)).ToArray();
        _rig.Pass(2_000);
        Assert.InRange(waiting.Count(one => one.IsCompleted), 9, 11);
    }

    /// <summary>The answer that must be there already.</summary>
    private static GateTicket Now(Task<GateTicket> answer)
    {
        Assert.True(answer.IsCompletedSuccessfully);
        return answer.Result;
    }

    private static Task<GateTicket> Enter(DeliveryGate gate, double rank = 0) =>
        gate.EnterAsync(Samples.At(rank), CancellationToken.None).AsTask();
}
