using DlqCluster.Embedded;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Identity and references of grains.</summary>
public static class GrainExtensions
{
    /// <summary>A reference to a grain that offers an interface.</summary>
    /// <typeparam name="TGrainInterface">The interface.</typeparam>
    /// <param name="grain">The grain itself, or a reference to it.</param>
    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain) =>
        (TGrainInterface)RuntimeOf(grain).GetReference(typeof(TGrainInterface), grain.GetGrainId());

    /// <summary>A reference to the same grain that offers another interface.</summary>
    /// <typeparam name="TGrainInterface">The interface.</typeparam>
    /// <param name="grain">The reference.</param>
    public static TGrainInterface Cast<TGrainInterface>(this IAddressable grain) => grain.AsReference<TGrainInterface>();

    /// <summary>A grain's identity.</summary>
    /// <param name="grain">The grain itself, or a reference to it.</param>
    public static GrainId GetGrainId(this IAddressable grain) => grain switch
    {
        GrainReference reference => reference.GrainId,
        IGrainBase { GrainContext: { } context } => context.GrainId,
        _ => throw NotAGrain(grain),
    };

    /// <summary>A grain's key, when that is a number.</summary>
    /// <param name="grain">The grain itself, or a reference to it.</param>
    public static long GetPrimaryKeyLong(this IAddressable grain) => grain.GetGrainId().GetIntegerKey();

    /// <summary>A grain's key, when that is a text.</summary>
    /// <param name="grain">The grain itself, or a reference to it.</param>
    public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key.ToString();

    private static EmbeddedRuntime RuntimeOf(IAddressable grain) => grain switch
    {
        GrainReference reference => reference.Runtime,
        IGrainBase { GrainContext: Activation activation } => activation.Runtime,
        _ => throw NotAGrain(grain),
    };

    private static ArgumentException NotAGrain(IAddressable? grain) =>
        new($"{grain?.GetType().FullName ?? "null"} is neither a grain reference nor a grain that the runtime made.", nameof(grain));
}
