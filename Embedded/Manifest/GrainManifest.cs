using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>Names the class that lists an assembly's grains. The generator writes it.</summary>
/// <param name="manifest">A <see cref="GrainManifest"/> with a constructor without parameters.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class GrainManifestAttribute(Type manifest) : Attribute
{
    /// <summary>The class.</summary>
    public Type Manifest { get; } = manifest;
}

/// <summary>Lists an assembly's grain interfaces and grain classes. The generator derives it.</summary>
public abstract class GrainManifest
{
    private readonly List<GrainInterface> _interfaces = [];
    private readonly List<Type> _classes = [];

    internal IReadOnlyList<GrainInterface> Interfaces => _interfaces;

    internal IReadOnlyList<Type> Classes => _classes;

    /// <summary>Adds an interface.</summary>
    /// <typeparam name="TInterface">The interface.</typeparam>
    /// <param name="createReference">Makes a reference that offers it.</param>
    protected void AddInterface<TInterface>(Func<GrainReferenceTarget, GrainProxy> createReference)
        where TInterface : IAddressable => _interfaces.Add(new GrainInterface(typeof(TInterface), createReference));

    /// <summary>Adds a class.</summary>
    /// <typeparam name="TGrain">The class.</typeparam>
    protected void AddClass<TGrain>()
        where TGrain : class => _classes.Add(typeof(TGrain));
}

/// <summary>A grain interface.</summary>
/// <param name="interfaceType">Its type.</param>
/// <param name="createReference">Makes a reference that offers it.</param>
internal sealed class GrainInterface(Type interfaceType, Func<GrainReferenceTarget, GrainProxy> createReference)
{
    public Type InterfaceType { get; } = interfaceType;

    public GrainProxy CreateReference(GrainReferenceTarget target) => createReference(target);
}
