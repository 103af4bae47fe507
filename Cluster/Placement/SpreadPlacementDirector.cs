using Orleans.Runtime.Placement;

namespace DlqCluster.Cluster.Placement;

/// <summary>Finds the silo for a grain that is placed by <see cref="SpreadPlacement"/>.</summary>
internal sealed class SpreadPlacementDirector : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        var hint = IPlacementDirector.GetPlacementHint(target.RequestContextData, silos);
        return Task.FromResult(hint ?? Shares.OwnerOf(target.GrainIdentity, silos)!);
    }
}
