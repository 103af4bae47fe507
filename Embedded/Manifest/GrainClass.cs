using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>A grain class: how its instances are made, and what its attributes say. Everything is looked up once.</summary>
internal sealed class GrainClass
{
    /// <summary>Compiling one takes milliseconds, which a process with many runtimes, such as a simulation, spends once.</summary>
    private static readonly ConcurrentDictionary<Type, (Facet[] Facets, ObjectFactory Factory)> _makers = new();

    private readonly ObjectFactory _factory;
    private readonly Facet[] _facets;
    private readonly int _states;

    public GrainClass(Type type, GrainCollectionOptions collection)
    {
        Type = type;
        GrainType = TypeNameOf(type);
        Name = $"{type.FullName},{type.Assembly.GetName().Name}";
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute));
        MaxWorkers = WorkersOf(type);
        IdleLimit = IdleLimitOf(type, collection);
        HasOnActivate = Overrides(type, nameof(IGrainBase.OnActivateAsync), typeof(CancellationToken));
        HasOnDeactivate = Overrides(type, nameof(IGrainBase.OnDeactivateAsync), typeof(DeactivationReason), typeof(CancellationToken));
        (_facets, _factory) = _makers.GetOrAdd(type, static type =>
        {
            var facets = Facet.Of(type);
            return (facets, ActivatorUtilities.CreateFactory(type, Array.ConvertAll(facets, static facet => facet.ParameterType)));
        });
        _states = _facets.Count(static facet => facet.IsState);
    }

    /// <summary>The class.</summary>
    public Type Type { get; }

    /// <summary>The name in the identities of its grains.</summary>
    public GrainType GrainType { get; }

    /// <summary>The name in statistics.</summary>
    public string Name { get; }

    /// <summary>Whether all requests interleave.</summary>
    public bool IsReentrant { get; }

    /// <summary>How many activations a grain may have at once.</summary>
    public int MaxWorkers { get; }

    /// <summary>How long an idle activation stays; null for ever.</summary>
    public TimeSpan? IdleLimit { get; }

    /// <summary>Whether the class has something to do when it is activated.</summary>
    public bool HasOnActivate { get; }

    /// <summary>Whether the class has something to do when it is deactivated.</summary>
    public bool HasOnDeactivate { get; }

    /// <summary>What its activations have done.</summary>
    public GrainClassCounters Counters { get; } = new();

    /// <summary>Makes an instance for an activation.</summary>
    /// <param name="activation">The activation.</param>
    /// <param name="states">Takes the states that must be read before it is activated.</param>
    public object CreateInstance(Activation activation, out IActivationState[] states)
    {
        try
        {
            var arguments = _facets.Length == 0 ? [] : new object[_facets.Length];
            states = _states == 0 ? [] : new IActivationState[_states];
            for (int i = 0, state = 0; i < arguments.Length; i++)
            {
                arguments[i] = _facets[i].Create(activation);
                if (_facets[i].IsState) states[state++] = (IActivationState)arguments[i];
            }

            return _factory(activation.ActivationServices, arguments);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                $"The grain class {Type} could not be instantiated: {exception.Message}", exception);
        }
    }

    private static GrainType TypeNameOf(Type type)
    {
        if (type.GetCustomAttribute<GrainTypeAttribute>() is { } attribute) return attribute.GetGrainType(null!, type);
        const string suffix = "grain";
        // The convention is in lower case; identities are stored, so it stays.
        var name = type.Name.ToLowerInvariant();
        var hasSuffix = name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal);
        return GrainType.Create(hasSuffix ? name[..^suffix.Length] : name);
    }

    private static int WorkersOf(Type type)
    {
        if (type.GetCustomAttribute<StatelessWorkerAttribute>() is not { } attribute) return 1;
        return attribute.MaxLocalWorkers > 0 ? attribute.MaxLocalWorkers : Environment.ProcessorCount;
    }

    private static TimeSpan? IdleLimitOf(Type type, GrainCollectionOptions collection)
    {
        if (type.IsDefined(typeof(KeepAliveAttribute))) return null;
        if (collection.ClassSpecificCollectionAge.TryGetValue(type.FullName!, out var configured)) return configured;
        return type.GetCustomAttribute<CollectionAgeLimitAttribute>() switch
        {
            null => collection.CollectionAge,
            { AlwaysActive: true } => null,
            var attribute => attribute.AgeLimit,
        };
    }

    private static bool Overrides(Type type, string method, params Type[] parameters)
    {
        // A class that is not derived from Grain may implement the interface explicitly; asking it costs little.
        if (!typeof(Grain).IsAssignableFrom(type)) return typeof(IGrainBase).IsAssignableFrom(type);
        return type.GetMethod(method, parameters)?.DeclaringType != typeof(Grain);
    }
}
