using DlqCluster.Breakers;
using DlqCluster.Delivery;
using DlqCluster.Downstreams;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Delivery;

/// <summary>Things that happen to a gate at the most awkward moment, each made to happen at exactly that moment.</summary>
public sealed class DeliveryGateRaceTests : IDisposable
{
    private static readonly BreakerLease _closed = new(BreakerState.Closed, 1, 250, null, 250);
    private static readonly BreakerLease _halfOpen = new(BreakerState.HalfOpen, 1, 250, null, 250);

    private readonly GateRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_message_that_is_cancelled_at_any_moment_of_being_admitted_is_counted_out_once(int reading)
    {
        _rig.Definition = _rig.Definition with { MaxConcurrency = 1 };
        var gate = _rig.OpenGate();
        var inFlight = await gate.EnterAsync(Samples.Start, CancellationToken.None);
        using var owner = new CancellationTokenSource();
        var waiting = gate.EnterAsync(Samples.Start, owner.Token).AsTask();
        var readings = 0;
        _rig.Time.BeforeReading = () =>
        {
            if (++readings == reading) owner.Cancel();
        };
        gate.Leave(inFlight, AttemptResult.Delivered(), TimeSpan.Zero);
        _rig.Time.BeforeReading = null;
        owner.Cancel();
        if (waiting.IsCompletedSuccessfully) gate.Leave(await waiting, null, TimeSpan.Zero);
        Assert.Equal(new GateCounts(0, 0, false), gate.Counts);
    }

    [Fact]
    [Trait("Spec", "CB6")]
    public void A_breaker_that_lost_its_last_transition_is_listened_to_all_the_same()
    {
        _rig.Breaker.Lease = _closed with { Version = 7 };
        var gate = _rig.OpenGate();
        _rig.Pass(1_000);

        // Its storage had failed, and it has come up anew from what it had stored before.
        _rig.Breaker.Lease = _closed with { Version = 6 };
        var waiting = gate.EnterAsync(Samples.Start, CancellationToken.None).AsTask();
        _rig.Pass(1_000);
        Assert.True(waiting.IsCompletedSuccessfully);
    }

    [Fact]
    [Trait("Spec", "CB3")]
    public void A_silo_that_has_restarted_is_heard_at_once()
    {
        var before = _rig.OpenGate();
        for (var i = 0; i < 50; i++) Report(before);
        var last = _rig.Breaker.Reports[^1].Sequence;
        _rig.Pass(10_000);
        _rig.Breaker.Reports.Clear();
        Report(_rig.OpenGate());

        // The breaker takes a number that it has seen already for the repeat of a report.
        Assert.All(_rig.Breaker.Reports, report => Assert.True(report.Sequence > last, $"{report.Sequence} after {last}"));
    }

    [Fact]
    [Trait("Spec", "DE5")]
    public async Task A_probe_whose_permit_comes_after_the_breaker_closed_does_not_break_the_bulkhead()
    {
        _rig.Definition = _rig.Definition with { MaxConcurrency = 1 };
        _rig.Breaker.Lease = _halfOpen;
        _rig.Breaker.FreePermits = 1;
        _rig.Breaker.HoldProbeAnswers = new TaskCompletionSource();
        var gate = _rig.Gate();
        var first = gate.EnterAsync(Samples.At(1), CancellationToken.None).AsTask();
        _rig.Settle();
        _rig.Breaker.Lease = _closed with { Version = 2 };
        _rig.Time.Advance(TimeSpan.FromMilliseconds(251));
        gate.Update(_rig.Definition, paused: false);
        _rig.Settle();
        Assert.Equal(Admission.Admitted, (await first).Admission);
        _ = gate.EnterAsync(Samples.At(2), CancellationToken.None).AsTask();
        _rig.Breaker.HoldProbeAnswers.SetResult();
        _rig.Settle();
        Assert.Equal(1, gate.Counts.InFlight);
        Assert.Equal(("p1", null), Assert.Single(_rig.Breaker.ProbeReports));
    }

    [Fact]
    [Trait("Spec", "DE5")]
    public void Probes_obey_the_rate_limit_too()
    {
        _rig.Definition = _rig.Definition with { RatePerSecond = 1, MaxConcurrency = 100 };
        _rig.Breaker.Lease = _halfOpen;
        _rig.Breaker.FreePermits = 10;
        var gate = _rig.Gate();
        for (var i = 0; i < 10; i++) _ = gate.EnterAsync(Samples.At(i), CancellationToken.None).AsTask();
        _rig.Settle();
        Assert.InRange(gate.Counts.InFlight, 0, 1);
    }

    [Fact]
    [Trait("Spec", "DE6")]
    public void A_pause_that_comes_while_a_gate_is_being_made_is_not_missed()
    {
        var directory = new GateRig.FakeDirectory(Catalog(paused: false));
        using var gates = new DeliveryGates(directory, _rig.Dependencies);
        _rig.WhenGateIsMade = () => directory.Change(Catalog(paused: true));
        var gate = gates.Get(_rig.Definition);
        Assert.True(gate.Counts.Blocked);
    }

    [Fact]
    [Trait("Spec", "DE6")]
    public void Changes_of_the_catalogue_reach_the_gates_that_there_are()
    {
        var directory = new GateRig.FakeDirectory(Catalog(paused: false));
        using var gates = new DeliveryGates(directory, _rig.Dependencies);
        Assert.Equal(_rig.Delivery.MaxWaiting / 2, gates.RoomInAll(int.MaxValue));
        var gate = gates.Get(_rig.Definition);
        Assert.Same(gate, gates.Get(_rig.Definition));
        directory.Change(Catalog(paused: true));
        Assert.True(gate.Counts.Blocked);
        Assert.Equal(0, gates.RoomInAll(int.MaxValue));
        Assert.Equal(0, gates.Room("billing"));
        Assert.Equal(int.MaxValue, gates.Room("unknown"));
        directory.Change(Catalog(paused: false));
        Assert.False(gate.Counts.Blocked);
    }

    [Fact]
    [Trait("Spec", "DE5")]
    public void Room_is_looked_for_at_no_more_gates_than_it_takes_to_find_enough()
    {
        var directory = new GateRig.FakeDirectory(Catalog(paused: false));
        using var gates = new DeliveryGates(directory, _rig.Dependencies);
        var one = gates.Get(_rig.Definition).Room;
        gates.Get(_rig.Definition with { Name = "other" });
        Assert.Equal(2 * one, gates.RoomInAll(int.MaxValue));
        Assert.Equal(one + 1, gates.RoomInAll(one + 1));
        Assert.Equal(1, gates.RoomInAll(1));
    }

    private DownstreamCatalog Catalog(bool paused) =>
        new(1, paused, new Dictionary<string, DownstreamEntry> { ["billing"] = new(_rig.Definition, false, true) });

    private void Report(DeliveryGate gate)
    {
        var entering = gate.EnterAsync(Samples.Start, CancellationToken.None).AsTask();
        _rig.Settle();
        gate.Leave(entering.Result, AttemptResult.Delivered(), TimeSpan.Zero);
        _rig.Pass(200);
    }
}
