using DlqCluster.Api.Audit;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Api.Security;
using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Apis;

/// <summary>What operators do: pause delivery, hold breakers, look after stuck letters.</summary>
internal static class AdminApi
{
    private const string Name = "name";

    private static readonly Input _pauseName = Input.Text(Name, "Which downstream; all when absent.", "default");

    private static readonly Input _breakerName =
        Input.Text(Name, "The downstream whose circuit breaker is meant.", "default") with { Required = true };

    private static readonly long _longestForce = (long)TimeSpan.FromDays(30).TotalMilliseconds;

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var admin = routes.MapGroup("/admin").WithTags("Administration");
        admin.MapPost("/delivery/pause", PauseAsync).Audited("delivery.pause", Name).Describe("PauseDelivery", "Stops sending; accepting goes on.", 400, 503)
            .Takes(_pauseName).Answers(200, Samples.Paused).Refuses(Problem.NoDownstream("shopp"));
        admin.MapPost("/delivery/resume", ResumeAsync).Audited("delivery.resume", Name).Describe("ResumeDelivery", "Sends again.", 400, 503)
            .Takes(_pauseName).Answers(200, Samples.Resumed).Refuses(Problem.NoDownstream("shopp"));
        MapBreakers(admin.MapGroup("/circuit-breaker"));
        admin.MapPost("/dlq/reclaim-stale", ReclaimAsync).Audited("letter.reclaimStale")
            .Describe("ReclaimStaleLetters", "Looks after letters whose replay is stuck.", 400, 503)
            .Answers(200, Samples.Reclaimed);
    }

    private static void MapBreakers(RouteGroupBuilder breakers)
    {
        breakers.MapPost("/force-open", ForceOpenAsync).Audited("breaker.forceOpen", Name)
            .Describe("ForceBreakerOpen", "Holds a circuit breaker open.", 400, 413, 415, 503)
            .Takes(_breakerName).TakesBody<ForceRequest>(Samples.ForceBody).Answers(200, Samples.Breaker)
            .Refuses(Problem.NoDownstream("shopp"));
        breakers.MapPost("/force-close", ForceCloseAsync).Audited("breaker.forceClose", Name)
            .Describe("ForceBreakerClosed", "Holds a circuit breaker closed.", 400, 413, 415, 503)
            .Takes(_breakerName).TakesBody<ForceRequest>(Samples.ForceBody).Answers(200, Samples.Breaker)
            .Refuses(Problem.NoDownstream("shopp"));
        breakers.MapPost("/disable", DisableAsync).Audited("breaker.disable", Name)
            .Describe("DisableBreaker", "Switches a circuit breaker off: it is closed and counts nothing.", 400, 413, 415, 503)
            .Takes(_breakerName).TakesBody<ForceRequest>(Samples.ForceBody).Answers(200, Samples.Breaker)
            .Refuses(Problem.NoDownstream("shopp"));
        breakers.MapPost("/metrics-only", MetricsOnlyAsync).Audited("breaker.metricsOnly", Name)
            .Describe("LetBreakerOnlyCount", "Lets a circuit breaker count and show, but never open.", 400, 413, 415, 503)
            .Takes(_breakerName).TakesBody<ForceRequest>(Samples.ForceBody).Answers(200, Samples.Breaker)
            .Refuses(Problem.NoDownstream("shopp"));
        breakers.MapPost("/reset", ResetAsync).Audited("breaker.reset", Name)
            .Describe("ResetBreaker", "Lets go of a circuit breaker and closes it.", 400, 413, 415, 503)
            .Takes(_breakerName).TakesBody<ForceRequest>(Samples.ResetBody, optional: true).Answers(200, Samples.Breaker)
            .Refuses(Problem.NoDownstream("shopp"));
    }

    private static Task<Results<Ok<PauseAnswer>, ApiProblem>> PauseAsync(HttpRequest request, IGrainFactory grains, IDownstreamDirectory directory) =>
        SetPausedAsync(request, grains, directory, paused: true);

    private static Task<Results<Ok<PauseAnswer>, ApiProblem>> ResumeAsync(HttpRequest request, IGrainFactory grains, IDownstreamDirectory directory) =>
        SetPausedAsync(request, grains, directory, paused: false);

    private static async Task<Results<Ok<PauseAnswer>, ApiProblem>> SetPausedAsync(
        HttpRequest request, IGrainFactory grains, IDownstreamDirectory directory, bool paused)
    {
        var query = new QueryReader(request.Query);
        var name = query.Text(Name);
        // "?name=" with nothing behind it is a slip, not a wish to stop everything.
        if (name is null && query.Has(Name)) query.Refuse(Name, "must not be empty");
        if (query.Finish() is { } problem) return problem;
        var change = await grains.GetGrain<IDownstreamCatalogGrain>(0).SetPaused(name, paused);
        await directory.RefreshAsync();
        return change == CatalogChange.NotFound ? Problem.NoDownstream(name ?? "") : TypedResults.Ok(new PauseAnswer(name, paused));
    }

    private static Task<Results<Ok<BreakerView>, ApiProblem>> ForceOpenAsync(HttpRequest request, MessageRules rules, Targets targets, IGrainFactory grains) =>
        ForceAsync(request, rules, targets, grains, BreakerMode.ForcedOpen);

    private static Task<Results<Ok<BreakerView>, ApiProblem>> ForceCloseAsync(HttpRequest request, MessageRules rules, Targets targets, IGrainFactory grains) =>
        ForceAsync(request, rules, targets, grains, BreakerMode.ForcedClosed);

    private static Task<Results<Ok<BreakerView>, ApiProblem>> DisableAsync(HttpRequest request, MessageRules rules, Targets targets, IGrainFactory grains) =>
        ForceAsync(request, rules, targets, grains, BreakerMode.Disabled);

    private static Task<Results<Ok<BreakerView>, ApiProblem>> MetricsOnlyAsync(HttpRequest request, MessageRules rules, Targets targets, IGrainFactory grains) =>
        ForceAsync(request, rules, targets, grains, BreakerMode.MetricsOnly);

    private static Task<Results<Ok<BreakerView>, ApiProblem>> ResetAsync(HttpRequest request, MessageRules rules, Targets targets, IGrainFactory grains) =>
        ForceAsync(request, rules, targets, grains, BreakerMode.Auto);

    private static async Task<Results<Ok<BreakerView>, ApiProblem>> ForceAsync(
        HttpRequest request, MessageRules rules, Targets targets, IGrainFactory grains, BreakerMode mode)
    {
        var query = new QueryReader(request.Query);
        var name = query.Text(Name);
        if (name is null) query.Refuse(Name, "is required: the downstream whose circuit breaker is meant");
        if (query.Finish() is { } problem) return problem;
        if (Caller.ReadName(request, rules, out var by) is { } problemOfOperator) return problemOfOperator;
        var (force, problemOfBody) = await JsonBody.ReadAsync(request, ApiJson.Context.ForceRequest, rules.Limits, new ForceRequest());
        if (problemOfBody is not null) return problemOfBody;
        force = force! with { Reason = Reasons.Of(request, force.Reason) };
        if (CheckForce(force, rules, mode) is { } invalid) return invalid;
        if (!await targets.ExistsAsync(name!)) return Problem.NoDownstream(name!);
        TimeSpan? duration = force.ForMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null;
        var command = new ForceBreaker(mode, force.Reason ?? "reset", by, duration);
        return TypedResults.Ok(await grains.GetGrain<ICircuitBreakerGrain>(name!).Force(command));
    }

    private static ApiProblem? CheckForce(ForceRequest force, MessageRules rules, BreakerMode mode)
    {
        var errors = new FieldErrors();
        Reasons.Check(force.Reason, required: mode != BreakerMode.Auto, rules, errors);
        if (force.ForMs is not null && mode == BreakerMode.Auto) errors.Add("forMs", "has no meaning for a reset");
        else if (force.ForMs < 1 || force.ForMs > _longestForce) errors.Add("forMs", $"must be from 1 to {_longestForce}");
        return errors.IsEmpty ? null : Problem.Invalid(errors);
    }

    private static async Task<Results<Ok<ReclaimAnswer>, ApiProblem>> ReclaimAsync(
        HttpRequest request, IGrainFactory grains, IOptions<PartitionOptions> partitions)
    {
        if (new QueryReader(request.Query).Finish() is { } problem) return problem;
        var all = Enumerable.Range(0, partitions.Value.Count);
        var reclaimed = await Task.WhenAll(all.Select(partition => grains.GetGrain<IDlqPartitionGrain>(partition).ReclaimStale()));
        AuditScope.Of(request.HttpContext).Count = reclaimed.Sum();
        return TypedResults.Ok(new ReclaimAnswer(reclaimed.Sum()));
    }
}
