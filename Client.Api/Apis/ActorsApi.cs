using DlqCluster.Api.Json;

namespace DlqCluster.Api.Apis;

/// <summary>The silos, and what is active in them.</summary>
internal static class ActorsApi
{
    // The classes of the engine itself would hide those of the product.
    private const string Own = "DlqCluster.";

    /// <summary>Maps the route.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/actors", ListAsync).WithTags("Administration")
        .Describe("ListActors", "The silos, and how many grains of each class are active in them.", 503).Answers(200, Samples.Actors);

    private static async Task<Ok<ActorsAnswer>> ListAsync(IGrainFactory grains)
    {
        var counts = await grains.GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics();
        var silos = counts.Where(count => count.GrainType.StartsWith(Own, StringComparison.Ordinal))
            .GroupBy(count => count.SiloAddress.ToString())
            .OrderBy(silo => silo.Key, StringComparer.Ordinal)
            .Select(silo => new SiloAnswer(silo.Key, silo.Sum(count => count.ActivationCount), [.. silo
                .GroupBy(count => NameOf(count.GrainType))
                .Select(type => new GrainCount(type.Key, type.Sum(count => count.ActivationCount)))
                .OrderByDescending(type => type.Activations).ThenBy(type => type.Type, StringComparer.Ordinal)]))
            .ToArray();
        return TypedResults.Ok(new ActorsAnswer(silos, silos.Sum(silo => silo.Activations)));
    }

    // "DlqCluster.Messages.MessageGrain,DlqCluster.Grains" is the message grain to everybody.
    private static string NameOf(string type) => type.Split(',')[0].Split('.')[^1];
}
