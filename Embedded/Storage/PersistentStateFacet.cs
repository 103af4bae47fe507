using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Storage;

namespace DlqCluster.Embedded;

/// <summary>A state that is read before its activation serves requests.</summary>
internal interface IActivationState
{
    /// <summary>Reads it for the first time.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    Task ReadFirstAsync(CancellationToken cancellationToken);
}

/// <summary>A constructor parameter that takes a grain's state.</summary>
/// <typeparam name="TState">The type of the state.</typeparam>
/// <param name="attribute">Its names.</param>
internal sealed class PersistentStateFacet<TState>(PersistentStateAttribute attribute) : Facet(typeof(IPersistentState<TState>))
{
    private static readonly Func<TState?> _createState = Creator();

    public override bool IsState => true;

    public override object Create(Activation activation) =>
        new PersistentState<TState>(attribute.StateName, activation, StoreFor(activation), _createState);

    private static Func<TState?> Creator()
    {
        var type = typeof(TState);
        if (type.IsValueType || type.IsAbstract || type.IsArray || type == typeof(string)) return static () => default;
        return type.GetConstructor(Type.EmptyTypes) is null
            ? static () => (TState)RuntimeHelpers.GetUninitializedObject(typeof(TState))
            : Activator.CreateInstance<TState>;
    }

    private IGrainStorage StoreFor(Activation activation)
    {
        var services = activation.ActivationServices;
        var name = attribute.StorageName;
        var store = string.IsNullOrWhiteSpace(name)
            ? services.GetService<IGrainStorage>() ?? services.GetKeyedService<IGrainStorage>("Default")
            : services.GetKeyedService<IGrainStorage>(name);
        return store ?? throw new BadProviderConfigException(string.IsNullOrWhiteSpace(name)
            ? $"There is no default storage provider for grains of type {activation.GrainId.Type}."
            : $"There is no storage provider named \"{name}\" for grains of type {activation.GrainId.Type}.");
    }
}
