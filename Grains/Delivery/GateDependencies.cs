using DlqCluster.Hosting;
using Microsoft.Extensions.Options;

namespace DlqCluster.Delivery;

/// <summary>What every gate of a silo works with.</summary>
internal sealed record GateDependencies(
    IGrainFactory Grains,
    TimeProvider Time,
    IBackgroundRunner Background,
    IOptions<DeliveryOptions> Options,
    DrainState Drain,
    AcceptLoad Accepts,
    SiloName Silo,
    TroubleLog Troubles);
