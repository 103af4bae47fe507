using System.Diagnostics.CodeAnalysis;
using DlqCluster.Embedded;

namespace Orleans.Runtime;

/// <summary>A reference to a grain. Calling its interface sends a request to the grain; holding it keeps nothing alive.</summary>
public class GrainReference : IAddressable, IEquatable<GrainReference>
{
    private protected GrainReference(GrainReferenceTarget target)
    {
        Runtime = target.Runtime;
        GrainId = target.GrainId;
        Contract = target.Contract;
    }

    /// <summary>The grain.</summary>
    public GrainId GrainId { get; }

    /// <summary>The name of the interface that this reference offers.</summary>
    public virtual string InterfaceName => Contract.InterfaceType.FullName ?? Contract.InterfaceType.Name;

    /// <summary>The interface that this reference offers.</summary>
    public GrainInterfaceType InterfaceType => GrainInterfaceType.Create(InterfaceName);

    internal EmbeddedRuntime Runtime { get; }

    private GrainInterface Contract { get; }

    /// <summary>Whether two refer to the same grain.</summary>
    /// <param name="reference1">One.</param>
    /// <param name="reference2">The other.</param>
    public static bool operator ==(GrainReference? reference1, GrainReference? reference2) =>
        reference1 is null ? reference2 is null : reference1.Equals(reference2);

    /// <summary>Whether two refer to different grains.</summary>
    /// <param name="reference1">One.</param>
    /// <param name="reference2">The other.</param>
    public static bool operator !=(GrainReference? reference1, GrainReference? reference2) => !(reference1 == reference2);

    /// <summary>A reference to the same grain that offers another interface.</summary>
    /// <typeparam name="TGrainInterface">The interface.</typeparam>
    public virtual TGrainInterface Cast<TGrainInterface>()
        where TGrainInterface : IAddressable => Runtime.GetGrain<TGrainInterface>(GrainId);

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] GrainReference? other) => other is not null && GrainId.Equals(other.GrainId);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    /// <inheritdoc/>
    public override int GetHashCode() => GrainId.GetHashCode();

    /// <summary>The grain's hash, the same in every process.</summary>
    public uint GetUniformHashCode() => GrainId.GetUniformHashCode();

    /// <summary>The grain and the interface.</summary>
    public sealed override string ToString() => $"GrainReference:{GrainId}:{InterfaceName}";
}
