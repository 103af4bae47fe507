using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Breakers;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Apis;

/// <summary>Circuit breakers as operators see them.</summary>
internal static class BreakersApi
{
    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var breakers = routes.MapGroup("/api/circuit-breakers").WithTags("Circuit breakers");
        breakers.MapGet("/", ListAsync).Describe("ListBreakers", "The circuit breakers, by downstream.", 400, 503)
            .Takes(Input.Page(100)).Answers(200, Samples.Page(Samples.Breaker));
        breakers.MapGet("/{name}", GetAsync).Describe("GetBreaker", "One circuit breaker with its newest transitions.", 503)
            .Answers(200, Samples.Breaker).Refuses(Problem.NoDownstream("shopp"));
    }

    /// <summary>The breakers of some downstreams.</summary>
    /// <param name="grains">The grains.</param>
    /// <param name="names">The downstreams.</param>
    public static Task<BreakerView[]> ViewAsync(IGrainFactory grains, IEnumerable<string> names) =>
        Task.WhenAll(names.Select(name => grains.GetGrain<ICircuitBreakerGrain>(name).Get()));

    private static async Task<Results<Ok<PageAnswer<BreakerView>>, ApiProblem>> ListAsync(
        HttpRequest request, IGrainFactory grains, IDownstreamDirectory directory)
    {
        var query = new QueryReader(request.Query);
        var (page, pageSize) = query.Page(pageSize: 100);
        if (query.Finish() is { } problem) return problem;
        var names = directory.Current.Entries.Keys.Order(StringComparer.Ordinal).ToArray();
        var views = await ViewAsync(grains, names.Skip((page - 1) * pageSize).Take(pageSize));
        return TypedResults.Ok(new PageAnswer<BreakerView>(views, page, pageSize, names.Length));
    }

    private static async Task<Results<Ok<BreakerView>, ApiProblem>> GetAsync(string name, IGrainFactory grains, Targets targets) =>
        await targets.ExistsAsync(name)
            ? TypedResults.Ok(await grains.GetGrain<ICircuitBreakerGrain>(name).Get())
            : Problem.NoDownstream(name);
}
