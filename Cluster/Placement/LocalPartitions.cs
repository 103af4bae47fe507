using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Orleans.Metadata;

namespace DlqCluster.Cluster.Placement;

/// <summary>
/// Knows which partitions' grains are active in this silo. It is told by the grains' own lifecycles: what the directory remembers may be
/// out of date, above all when it matters.
/// </summary>
internal sealed class LocalPartitions : IConfigureGrainContextProvider, IConfigureGrainContext
{
    private static readonly GrainType[] _types = [GrainType.Create("ledger"), GrainType.Create("dlq")];

    private readonly ConcurrentDictionary<IGrainContext, GrainId> _active = new(ReferenceEqualityComparer.Instance);

    /// <summary>The grains that are active here.</summary>
    public IReadOnlySet<GrainId> Current => _active.Values.ToHashSet();

    /// <inheritdoc/>
    public bool TryGetConfigurator(GrainType grainType, GrainProperties properties, [NotNullWhen(true)] out IConfigureGrainContext? configurator)
    {
        configurator = _types.Contains(grainType) ? this : null;
        return configurator is not null;
    }

    /// <inheritdoc/>
    public void Configure(IGrainContext context) => context.ObservableLifecycle.Subscribe(
        nameof(LocalPartitions),
        GrainLifecycleStage.Activate,
        _ =>
        {
            _active[context] = context.GrainId;
            return Task.CompletedTask;
        },
        _ =>
        {
            _active.TryRemove(context, out GrainId _);
            return Task.CompletedTask;
        });
}
