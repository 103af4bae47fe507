using System.Reflection;
using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>A constructor parameter that the runtime, not the services, provides.</summary>
/// <param name="parameterType">Its type.</param>
internal abstract class Facet(Type parameterType)
{
    public Type ParameterType { get; } = parameterType;

    /// <summary>Whether the value is an <see cref="IActivationState"/>.</summary>
    public virtual bool IsState => false;

    /// <summary>The facets of a class's constructor, in order.</summary>
    /// <param name="grainClass">The class.</param>
    public static Facet[] Of(Type grainClass) =>
    [
        .. from constructor in grainClass.GetConstructors(BindingFlags.Instance | BindingFlags.Public).Take(1)
           from parameter in constructor.GetParameters()
           let facet = For(parameter)
           where facet is not null
           select facet,
    ];

    /// <summary>The parameter's value for an activation.</summary>
    /// <param name="activation">The activation.</param>
    public abstract object Create(Activation activation);

    private static Facet? For(ParameterInfo parameter)
    {
        if (parameter.ParameterType == typeof(IGrainContext)) return new ContextFacet();
        if (parameter.GetCustomAttribute<PersistentStateAttribute>() is not { } attribute) return null;
        var stateType = parameter.ParameterType.GetGenericArguments().Single();
        return (Facet)Activator.CreateInstance(typeof(PersistentStateFacet<>).MakeGenericType(stateType), attribute)!;
    }

    private sealed class ContextFacet() : Facet(typeof(IGrainContext))
    {
        public override object Create(Activation activation) => activation;
    }
}
