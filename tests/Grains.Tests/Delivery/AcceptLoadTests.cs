using DlqCluster.Delivery;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Ledger;

namespace DlqCluster.Grains.Tests.Delivery;

/// <summary>Deliveries make way while many messages are just being accepted.</summary>
public sealed class AcceptLoadTests : IDisposable
{
    private const int Above = 10;
    private const int Most = 20;

    private readonly GateRig _rig = new() { Definition = new() { Name = "billing", MaxConcurrency = Most } };
    private readonly List<AcceptLoad.Accepting> _accepting = [];

    public AcceptLoadTests() => (_rig.Delivery.YieldAbove, _rig.Delivery.YieldPercent, _rig.Queue.MaxSize) = (Above, 10, 100);

    public void Dispose() => _rig.Dispose();

    [Fact]
    [Trait("Spec", "DE5")]
    public void A_downstream_keeps_a_tenth_of_its_bulkhead_meanwhile_and_all_of_it_when_they_are_few_again()
    {
        var gate = _rig.OpenGate();
        Accept(Above + 1);
        var waiting = Enter(gate, Most + 5);
        Assert.Equal(new GateCounts(Most + 5 - 2, 2, false), gate.Counts);
        // Not at once: they come and go together, with a commit.
        Accept(-Above);
        _rig.Pass(_rig.Delivery.YieldMs - 5);
        Assert.Equal(2, gate.Counts.InFlight);
        _rig.Pass(10);
        Assert.Equal(new GateCounts(5, Most, false), gate.Counts);
        Assert.Equal(Most, waiting.Count(static one => one.IsCompleted));
    }

    [Fact]
    public void Few_that_are_being_accepted_are_in_nobodys_way()
    {
        var gate = _rig.OpenGate();
        Accept(Above);
        Enter(gate, Most);
        Assert.Equal(Most, gate.Counts.InFlight);
    }

    [Fact]
    public void At_least_one_goes_on_whatever_the_share()
    {
        _rig.Delivery.YieldPercent = 1;
        var gate = _rig.OpenGate();
        Accept(Above + 1);
        Enter(gate, Most);
        Assert.Equal(1, gate.Counts.InFlight);
    }

    [Fact]
    public void With_all_of_the_share_none_makes_way()
    {
        _rig.Delivery.YieldPercent = 100;
        var gate = _rig.OpenGate();
        Accept(Above + 1);
        Enter(gate, Most);
        Assert.Equal(Most, gate.Counts.InFlight);
    }

    [Theory, InlineData(49, 2), InlineData(50, Most)]
    public void None_makes_way_when_the_queue_is_half_full(int depth, int inFlight)
    {
        var gate = _rig.OpenGate();
        _rig.Tracker.Counted(0, [new LaneCount(LedgerLanes.Active, depth, Samples.Start)]);
        Accept(Above + 1);
        Enter(gate, Most);
        Assert.Equal(inFlight, gate.Counts.InFlight);
    }

    [Theory, InlineData(1, 1), InlineData(10, 5)]
    public void A_gate_is_crowded_when_it_takes_no_more_from_the_ledger(int most, int crowd)
    {
        _rig.Delivery.MaxWaiting = most;
        var gate = _rig.Gate();
        _rig.Settle();
        for (var i = 0; i < crowd; i++)
        {
            Assert.False(gate.IsCrowded);
            Assert.Equal(crowd - i, gate.Room);
            Enter(gate, 1);
        }

        Assert.True(gate.IsCrowded);
        Assert.Equal(0, gate.Room);
    }

    private static List<Task<GateTicket>> Enter(DeliveryGate gate, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => gate.EnterAsync(Samples.Start, CancellationToken.None).AsTask())];

    private void Accept(int count)
    {
        for (; count > 0; count--) _accepting.Add(_rig.Dependencies.Accepts.Begin());
        for (; count < 0; count++)
        {
            _accepting[^1].Dispose();
            _accepting.RemoveAt(_accepting.Count - 1);
        }
    }
}
