using DlqCluster.Api.Json;
using DlqCluster.Api.Live;
using DlqCluster.Api.Problems;

namespace DlqCluster.Api.Apis;

/// <summary>How things are, as they change.</summary>
internal static class LiveApi
{
    private const int RetryAfterSeconds = 10;

    private static readonly ApiProblem _full = Problem.TooManyStreams(RetryAfterSeconds);

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var live = routes.MapGroup("/api").WithTags("Live");
        live.MapGet("/events", Follow).Describe("FollowEvents", "The service in numbers, again and again, as server-sent events.", 503)
            .Details("One event of the type overview each `Live:IntervalMs`, aggregated: what /api/system/health says, and the newest rates.")
            .Produces<LiveAnswer>(StatusCodes.Status200OK, LiveStream.ContentType).Answers(200, Samples.Overview).Refuses(_full);
        live.MapGet("/rates", Rates).Describe("GetRates", "What this process did in the last quarter of an hour, each second of it.")
            .Answers(200, Samples.Rates);
    }

    private static Results<LiveStream, ApiProblem> Follow(LiveFeed feed) => feed.TryEnter() ? new LiveStream(feed) : _full;

    private static Ok<RatesAnswer> Rates(RateHistory history) => TypedResults.Ok(new RatesAnswer(history.All, RateHistory.StepSeconds));
}
