using Orleans.Runtime;

namespace Orleans;

/// <summary>What the runtime needs of a grain class.</summary>
public interface IGrainBase
{
    /// <summary>The activation that the grain instance belongs to.</summary>
    IGrainContext GrainContext { get; }

    /// <summary>Runs after the state was read and before the first request.</summary>
    /// <param name="token">Is cancelled when activation takes too long.</param>
    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    /// <summary>Runs after the last request. It is not called when the process dies.</summary>
    /// <param name="reason">Why the activation ends.</param>
    /// <param name="token">Is cancelled when deactivation takes too long.</param>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}
