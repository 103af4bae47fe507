using DlqCluster.Embedded;
using Orleans.Runtime;

namespace Orleans;

/// <summary>The base class of grains.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    /// <summary>Makes the instance for the activation that is being made.</summary>
    protected Grain()
        : this(Activation.Current!)
    {
    }

    /// <summary>Makes the instance for an activation.</summary>
    /// <param name="grainContext">The activation.</param>
    /// <param name="grainRuntime">The runtime; by default that of the activation.</param>
    protected Grain(IGrainContext grainContext, IGrainRuntime? grainRuntime = null)
    {
        GrainContext = grainContext;
        Runtime = grainRuntime ?? (grainContext as Activation)?.Runtime;
    }

    /// <summary>The activation that this instance belongs to.</summary>
    public IGrainContext GrainContext { get; }

    /// <summary>A reference to this grain.</summary>
    public GrainReference GrainReference => GrainContext.GrainReference;

    /// <summary>The grain's identity as text.</summary>
    public string IdentityString => GrainContext?.GrainId.ToString() ?? string.Empty;

    /// <summary>The name of the silo that the activation lives in.</summary>
    public string RuntimeIdentity => Runtime?.SiloIdentity ?? string.Empty;

    /// <summary>Makes references to other grains.</summary>
    protected IGrainFactory GrainFactory => Runtime!.GrainFactory;

    /// <summary>The activation's services.</summary>
    protected internal IServiceProvider ServiceProvider => GrainContext?.ActivationServices ?? Runtime?.ServiceProvider!;

    internal IGrainRuntime? Runtime { get; }

    /// <inheritdoc/>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends this activation as soon as no request runs on it. Requests that wait go to the next activation.</summary>
    protected void DeactivateOnIdle() => Runtime!.DeactivateOnIdle(GrainContext);

    /// <summary>Keeps this activation from being collected while it is idle.</summary>
    /// <param name="timeSpan">How long; zero or less takes an earlier request back.</param>
    protected void DelayDeactivation(TimeSpan timeSpan) => Runtime!.DelayDeactivation(GrainContext, timeSpan);
}
