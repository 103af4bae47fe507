using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>Shows and steers the activations of this runtime. There is one silo, so it asks no other.</summary>
/// <param name="runtime">The runtime.</param>
[GrainType("management"), Reentrant]
internal sealed class ManagementGrain(EmbeddedRuntime runtime) : Grain, IManagementGrain
{
    public Task ForceActivationCollection(SiloAddress[] hostsIds, TimeSpan ageLimit) =>
        IsMeant(hostsIds) ? ForceActivationCollection(ageLimit) : Task.CompletedTask;

    public Task ForceActivationCollection(TimeSpan ageLimit) =>
        Task.WhenAll(runtime.Catalog.Snapshot().Select(activation => activation.DeactivateIfIdleAsync(ageLimit)));

    public Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics() => Task.FromResult(
        runtime.Catalog.Snapshot()
            .CountBy(activation => activation.Class)
            .OrderBy(count => count.Key.Name, StringComparer.Ordinal)
            .Select(count => new SimpleGrainStatistic
            {
                GrainType = count.Key.Name,
                SiloAddress = runtime.SiloAddress,
                ActivationCount = count.Value,
            })
            .ToArray());

    public Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics(SiloAddress[] hostsIds) =>
        IsMeant(hostsIds) ? GetSimpleGrainStatistics() : Task.FromResult<SimpleGrainStatistic[]>([]);

    public Task<DetailedGrainStatistic[]> GetDetailedGrainStatistics(string[]? types = null, SiloAddress[]? hostsIds = null) =>
        Task.FromResult(runtime.Catalog.Snapshot()
            .Where(activation => IsMeant(hostsIds) && (types is null || types.Contains(activation.Class.Name)))
            .Select(activation => new DetailedGrainStatistic
            {
                GrainType = activation.Class.Name,
                SiloAddress = runtime.SiloAddress,
                GrainId = activation.GrainId,
            })
            .ToArray());

    public Task<int> GetGrainActivationCount(GrainReference grainReference)
    {
        ArgumentNullException.ThrowIfNull(grainReference);
        return Task.FromResult(runtime.Catalog.Snapshot().Count(activation => activation.GrainId == grainReference.GrainId));
    }

    public Task<int> GetTotalActivationCount() => Task.FromResult(runtime.ActivationCount);

    public ValueTask<SiloAddress?> GetActivationAddress(IAddressable reference) =>
        new(runtime.Catalog.Contains(reference.GetGrainId()) ? runtime.SiloAddress : null);

    public ValueTask<List<GrainId>> GetActiveGrains(GrainType type) =>
        new([.. runtime.Catalog.Snapshot().Select(activation => activation.GrainId).Where(id => id.Type == type).Distinct()]);

    private bool IsMeant(SiloAddress[]? hosts) => hosts is null || hosts.Length == 0 || hosts.Contains(runtime.SiloAddress);
}
