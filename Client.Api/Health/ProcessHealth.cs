using DlqCluster.Api.Json;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Health;

/// <summary>The process, its stores and whether it is shutting down.</summary>
/// <param name="stores">The stores.</param>
/// <param name="drain">Whether it is shutting down.</param>
/// <param name="probe">Measures the process.</param>
internal sealed class ProcessHealth(StoreChecks stores, DrainState drain, ISystemProbe probe)
{
    /// <summary>The process now.</summary>
    public SystemState Measure() => probe.Measure();

    /// <summary>The word for the service's health.</summary>
    public async Task<string> StatusAsync() => StatusOf(await stores.CheckAsync(), drain);

    /// <summary>The word for the service's health.</summary>
    /// <param name="checks">How the stores are.</param>
    /// <param name="drain">Whether it is shutting down.</param>
    public static string StatusOf(StoreHealth[] checks, DrainState drain)
    {
        if (drain.IsDraining) return HealthStatus.Draining;
        if (Array.Exists(checks, check => check.Status == HealthStatus.Unhealthy)) return HealthStatus.Unhealthy;
        return Array.Exists(checks, check => check.Status == HealthStatus.Degraded) ? HealthStatus.Degraded : HealthStatus.Healthy;
    }
}
