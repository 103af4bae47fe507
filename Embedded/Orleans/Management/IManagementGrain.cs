namespace Orleans.Runtime;

/// <summary>Shows and steers the activations of a silo. Its key is 0.</summary>
public interface IManagementGrain : IGrainWithIntegerKey
{
    /// <summary>Ends the activations that have been idle for a while.</summary>
    /// <param name="hostsIds">The silos; none stands for all.</param>
    /// <param name="ageLimit">How long they must have been idle.</param>
    Task ForceActivationCollection(SiloAddress[] hostsIds, TimeSpan ageLimit);

    /// <summary>Ends the activations that have been idle for a while.</summary>
    /// <param name="ageLimit">How long they must have been idle.</param>
    Task ForceActivationCollection(TimeSpan ageLimit);

    /// <summary>How many activations each grain class has.</summary>
    Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics();

    /// <summary>How many activations each grain class has.</summary>
    /// <param name="hostsIds">The silos; none stands for all.</param>
    Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics(SiloAddress[] hostsIds);

    /// <summary>The activations one by one.</summary>
    /// <param name="types">The grain classes, as statistics name them; null for all.</param>
    /// <param name="hostsIds">The silos; none stands for all.</param>
    Task<DetailedGrainStatistic[]> GetDetailedGrainStatistics(string[]? types = null, SiloAddress[]? hostsIds = null);

    /// <summary>How many activations a grain has.</summary>
    /// <param name="grainReference">The grain.</param>
    Task<int> GetGrainActivationCount(GrainReference grainReference);

    /// <summary>How many activations there are.</summary>
    Task<int> GetTotalActivationCount();

    /// <summary>The silo that has a grain's activation.</summary>
    /// <param name="reference">The grain.</param>
    /// <returns>Null when it has none.</returns>
    ValueTask<SiloAddress?> GetActivationAddress(IAddressable reference);

    /// <summary>The grains of a type that are active.</summary>
    /// <param name="type">The type.</param>
    ValueTask<List<GrainId>> GetActiveGrains(GrainType type);
}

/// <summary>How many activations a grain class has.</summary>
[GenerateSerializer, Immutable]
public sealed class SimpleGrainStatistic
{
    /// <summary>The grain class.</summary>
    [Id(0)]
    public string GrainType { get; init; } = string.Empty;

    /// <summary>The silo.</summary>
    [Id(1)]
    public SiloAddress SiloAddress { get; init; } = SiloAddress.Zero;

    /// <summary>The number.</summary>
    [Id(2)]
    public int ActivationCount { get; init; }

    /// <summary>Class, silo and number.</summary>
    public override string ToString() => $"SimpleGrainStatistic: GrainType={GrainType} Silo={SiloAddress} NumActivations={ActivationCount}";
}

/// <summary>One activation.</summary>
[GenerateSerializer, Immutable]
public sealed class DetailedGrainStatistic
{
    /// <summary>The grain class.</summary>
    [Id(0)]
    public string GrainType { get; init; } = string.Empty;

    /// <summary>The silo.</summary>
    [Id(1)]
    public SiloAddress SiloAddress { get; init; } = SiloAddress.Zero;

    /// <summary>The grain.</summary>
    [Id(2)]
    public GrainId GrainId { get; init; }
}
