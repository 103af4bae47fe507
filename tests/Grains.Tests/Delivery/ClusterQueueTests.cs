using DlqCluster.Delivery;
using DlqCluster.Downstreams;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DlqCluster.Grains.Tests.Delivery;

/// <summary>The queue of the whole cluster, as one silo tells it.</summary>
public sealed class ClusterQueueTests : IDisposable
{
    private readonly GateRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    [Trait("Spec", "CB5")]
    public void What_waits_in_memory_before_a_paused_downstream_is_parked()
    {
        var directory = new GateRig.FakeDirectory(new DownstreamCatalog(1, true, new Dictionary<string, DownstreamEntry>()));
        using var gates = new DeliveryGates(directory, _rig.Dependencies);
        _rig.Tracker.Attach(gates);
        var gate = gates.Get(_rig.Definition);
        for (var i = 0; i < 3; i++) _ = gate.EnterAsync(Samples.Start, CancellationToken.None).AsTask();
        using var queue = new ClusterQueue(
            _rig.Dependencies.Grains,
            directory,
            new ClusterQueue.Limits(
                Options.Create(new PartitionOptions()), Options.Create(_rig.Queue), Options.Create(new LedgerOptions()), _rig.Dependencies.Silo),
            _rig.Time,
            NullLogger<ClusterQueue>.Instance,
            _rig.Tracker);
        Assert.Equal(3, queue.Current.Parked);
        Assert.Equal(3, _rig.Tracker.Current.Parked);
    }
}
