using System.Collections.Frozen;
using Orleans.Configuration;
using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>All grain interfaces and grain classes of the program.</summary>
internal sealed class GrainDirectory
{
    private readonly FrozenDictionary<Type, GrainInterface> _interfaces;
    private readonly FrozenDictionary<GrainType, GrainClass> _classes;
    private readonly FrozenDictionary<Type, GrainClass[]> _implementations;
    private readonly FrozenDictionary<GrainClass, Type> _mainInterfaces;

    public GrainDirectory(IReadOnlyCollection<GrainManifest> manifests, GrainCollectionOptions collection)
    {
        Classes = [.. manifests.SelectMany(manifest => manifest.Classes).Select(type => new GrainClass(type, collection))];
        foreach (var same in Classes.GroupBy(grainClass => grainClass.GrainType).Where(group => group.Count() > 1))
        {
            throw new OrleansConfigurationException(
                $"Several grain classes are named {same.Key}: {string.Join(", ", same.Select(grainClass => grainClass.Name))}.");
        }

        _classes = Classes.ToFrozenDictionary(grainClass => grainClass.GrainType);
        _interfaces = manifests.SelectMany(manifest => manifest.Interfaces).ToFrozenDictionary(contract => contract.InterfaceType);
        _implementations = _interfaces.Keys.ToFrozenDictionary(
            contract => contract,
            contract => Classes.Where(grainClass => contract.IsAssignableFrom(grainClass.Type)).ToArray());
        _mainInterfaces = Classes.ToFrozenDictionary(grainClass => grainClass, MainInterfaceAmong(manifests));
    }

    /// <summary>The classes.</summary>
    public IReadOnlyList<GrainClass> Classes { get; }

    /// <summary>The class of a grain type; null when there is none.</summary>
    /// <param name="type">The type.</param>
    public GrainClass? FindClass(GrainType type) => _classes.GetValueOrDefault(type);

    /// <summary>An interface.</summary>
    /// <param name="type">Its type.</param>
    public GrainInterface GetInterface(Type type) => _interfaces.TryGetValue(type, out var contract)
        ? contract
        : throw new ArgumentException($"{type} is not a grain interface of an assembly that the proxy generator has seen.", nameof(type));

    /// <summary>The interface of a class that says most about it.</summary>
    /// <param name="grainClass">The class.</param>
    public Type MainInterfaceOf(GrainClass grainClass) => _mainInterfaces[grainClass];

    /// <summary>The type of the grains that an interface and a key refer to.</summary>
    /// <param name="contract">The interface.</param>
    /// <param name="classNamePrefix">Picks among several classes by the beginning of their full names.</param>
    public GrainType TypeFor(Type contract, string? classNamePrefix)
    {
        var candidates = _implementations.GetValueOrDefault(contract, []);
        if (!string.IsNullOrEmpty(classNamePrefix))
        {
            candidates = Array.FindAll(
                candidates, grainClass => grainClass.Type.FullName!.StartsWith(classNamePrefix, StringComparison.Ordinal));
        }

        return candidates switch
        {
            [var only] => only.GrainType,
            [] => throw new ArgumentException($"No grain class implements {contract}.", nameof(contract)),
            _ => throw new ArgumentException(
                $"Several grain classes implement {contract}: {string.Join(", ", candidates.Select(grainClass => grainClass.Name))}.",
                nameof(contract)),
        };
    }

    private static Func<GrainClass, Type> MainInterfaceAmong(IReadOnlyCollection<GrainManifest> manifests)
    {
        var contracts = manifests.SelectMany(manifest => manifest.Interfaces).Select(contract => contract.InterfaceType)
            .OrderByDescending(contract => contract.GetInterfaces().Length).ToArray();
        return grainClass => Array.Find(contracts, contract => contract.IsAssignableFrom(grainClass.Type))
            ?? throw new OrleansConfigurationException($"{grainClass.Name} implements no grain interface.");
    }
}
