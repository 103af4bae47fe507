using System.Reflection;
using DlqCluster.Api.Health;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Api.Security;
using DlqCluster.Hosting;
using DlqCluster.Security;

namespace DlqCluster.Api.Apis;

/// <summary>Health, for load balancers and for people.</summary>
internal static class HealthApi
{
    private const int MaxBreakers = 100;

    private static readonly string _version =
        typeof(HealthApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/api").WithTags("Health");
        health.MapGet("/health", HealthAsync).Describe("GetHealth", "The service's health with that of its stores; 503 when it cannot do its work.")
            .Produces<HealthAnswer>(StatusCodes.Status200OK).Produces<HealthAnswer>(StatusCodes.Status503ServiceUnavailable)
            .Answers(200, Samples.Healthy).Answers(503, Samples.Unhealthy);
        health.MapGet("/health/live", Live).Describe("GetLiveness", "Answers as long as the process runs.").Answers(200, Samples.Live);
        health.MapGet("/health/ready", ReadyAsync).Describe("GetReadiness", "Whether to send traffic here.")
            .Answers(200, Samples.Ready).Refuses(Problem.NotReady("It is shutting down.", 1));
        health.MapGet("/system/health", SystemAsync).Describe("GetSystemHealth", "Queue, breakers, dead letters and process in numbers.", 503)
            .Answers(200, Samples.System);
        health.MapGet("/system/resources", Resources).Describe("GetResources", "What the process uses.").Answers(200, Samples.Resources);
    }

    private static async Task<JsonHttpResult<HealthAnswer>> HealthAsync(HttpContext context, AccessGuard guard, StoreChecks stores, DrainState drain, ISystemProbe probe)
    {
        var checks = await stores.CheckAsync();
        var status = ProcessHealth.StatusOf(checks, drain);
        return TypedResults.Json(
            new HealthAnswer(status, _version, probe.Measure().UptimeSeconds, ForCaller(context, guard, checks)),
            ApiJson.Context.HealthAnswer,
            statusCode: status is HealthStatus.Healthy or HealthStatus.Degraded ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    // Load balancers have no credential and need no more than the status; names and addresses of stores are for those who may read.
    private static IReadOnlyList<StoreHealth> ForCaller(HttpContext context, AccessGuard guard, IReadOnlyList<StoreHealth> checks) =>
        guard.Identify(context).Caller?.Role >= AccessRole.Read ? checks : [];

    private static Ok<HealthAnswer> Live(ISystemProbe probe) =>
        TypedResults.Ok(new HealthAnswer("live", _version, probe.Measure().UptimeSeconds, []));

    private static async Task<Results<Ok<HealthAnswer>, ApiProblem>> ReadyAsync(
        HttpContext context, AccessGuard guard, StoreChecks stores, DrainState drain, ISystemProbe probe, IntakeGate gate)
    {
        if (drain.IsDraining) return Problem.NotReady("It is shutting down.", gate.RetryAfterSeconds);
        var checks = await stores.CheckAsync();
        var shown = ForCaller(context, guard, checks);
        if (checks.All(check => check.Status != HealthStatus.Unhealthy))
            return TypedResults.Ok(new HealthAnswer("ready", _version, probe.Measure().UptimeSeconds, shown));
        var troubles = shown.Where(check => check.Status == HealthStatus.Unhealthy).Select(check => $"{check.Name}: {check.Detail}").ToArray();
        return Problem.NotReady(troubles.Length == 0 ? "A store cannot do its work." : string.Join(" ", troubles), gate.RetryAfterSeconds);
    }

    private static async Task<Ok<SystemHealthAnswer>> SystemAsync(SystemHealth system) => TypedResults.Ok(await system.ReadAsync(MaxBreakers));

    private static Ok<ResourcesAnswer> Resources(ISystemProbe probe)
    {
        var state = probe.Measure();
        var gc = GC.GetGCMemoryInfo(GCKind.Any);
        return TypedResults.Ok(new ResourcesAnswer(
            state.CpuPercent,
            Environment.ProcessorCount,
            state.MemoryBytes,
            gc.TotalAvailableMemoryBytes,
            gc.HeapSizeBytes,
            [.. Enumerable.Range(0, GC.MaxGeneration + 1).Select(GC.CollectionCount)],
            ThreadPool.ThreadCount,
            ThreadPool.PendingWorkItemCount,
            state.UptimeSeconds,
            state.Silo));
    }
}
