using DlqCluster.Api.Audit;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Api.Replays;
using DlqCluster.Api.Security;
using DlqCluster.Messages;
using DlqCluster.Replays;

namespace DlqCluster.Api.Apis;

/// <summary>Replay jobs: try one out, start one, watch and steer them.</summary>
internal static class ReplaysApi
{
    private const string Root = "/api/replays";

    private static readonly ApiProblem _ended = Problem.Conflict("replay-ended", "This replay job has ended.");

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/dlq/replay-batch", StartAsync).WithTags("Replays").Audited("replay.start")
            .Describe("StartReplay", "Replays all letters that match, or with dryRun tells what that would do.", 400, 413, 415, 503)
            .Details("What matches at this moment is replayed, at most once each: what comes in or comes back later is not swept in. A dry run answers 200.")
            .TakesBody<ReplayBatchRequest>(ReplaySamples.StartBody).Answers(200, ReplaySamples.Preview).Answers(202, ReplaySamples.Started)
            .Refuses(TooMany(10));
        var replays = routes.MapGroup(Root).WithTags("Replays");
        replays.MapGet("/", ListAsync).Describe("ListReplays", "Replay jobs, newest first.", 400, 503)
            .Takes(Input.Page(20)).Answers(200, ReplaySamples.Jobs);
        replays.MapGet("/{id}", GetAsync).Describe("GetReplay", "One replay job with its progress.", 503)
            .Answers(200, ReplaySamples.Job).Refuses(Problem.NoReplay(Samples.Id));
        replays.MapPost("/{id}/pause", PauseAsync).Audited("replay.pause", "id")
            .Describe("PauseReplay", "Starts nothing more for now.", 400, 413, 415, 503)
            .TakesBody<ReplayOrderRequest>(ReplaySamples.OrderBody, optional: true).Answers(200, ReplaySamples.Paused)
            .Refuses(Problem.NoReplay(Samples.Id), _ended);
        replays.MapPost("/{id}/resume", ResumeAsync).Audited("replay.resume", "id")
            .Describe("ResumeReplay", "Goes on.", 400, 413, 415, 503)
            .TakesBody<ReplayOrderRequest>(ReplaySamples.OrderBody, optional: true).Answers(200, ReplaySamples.Job)
            .Refuses(Problem.NoReplay(Samples.Id), _ended);
        replays.MapPost("/{id}/cancel", CancelAsync).Audited("replay.cancel", "id")
            .Describe("CancelReplay", "Ends the job; what is under way comes to its end.", 400, 413, 415, 503)
            .TakesBody<ReplayOrderRequest>(ReplaySamples.OrderBody, optional: true).Answers(200, ReplaySamples.Cancelled)
            .Refuses(Problem.NoReplay(Samples.Id), _ended);
    }

    private static async Task<Results<Ok<ReplayPreviewAnswer>, Accepted<ReplayStartedAnswer>, ApiProblem>> StartAsync(
        HttpRequest request, MessageRules rules, ReplayDesk desk, IGrainFactory grains)
    {
        if (Caller.ReadName(request, rules, out var by) is { } problem) return problem;
        var (batch, problemOfBody) = await JsonBody.ReadAsync(request, ApiJson.Context.ReplayBatchRequest, rules.Limits);
        if (problemOfBody is not null) return problemOfBody;
        var audit = AuditScope.Of(request.HttpContext);
        if (batch!.DryRun) audit.Act = AuditedActs.ReplayDryRun;
        batch = batch with { Reason = Reasons.Of(request, batch.Reason) };
        if (ReplayRules.Check(batch, rules, desk.Limits) is { } invalid) return invalid;
        if (await desk.PlanAsync(batch, by) is not { } plan)
            return Problem.Invalid("filter", $"matches letters of more than {desk.Limits.MaxTargets} downstreams (Replays:MaxTargets); narrow it");
        audit.Detail = batch.Filter?.ToString();
        audit.Count = plan.ByTarget.Sum(target => target.Count);
        if (batch.DryRun) return TypedResults.Ok(await desk.PreviewAsync(plan));
        if (await grains.GetGrain<IReplayIndexGrain>(0).Start(plan) is not { } job) return TooMany(desk.Limits.MaxRunning);
        audit.Subject = job.JobId;
        return TypedResults.Accepted($"{Root}/{job.JobId}", new ReplayStartedAnswer(job.JobId, job.Matched));
    }

    private static ApiProblem TooMany(int limit) => Problem.Conflict(
        "too-many-replays", $"{limit} replay jobs have not ended, as many as may be (Replays:MaxRunning). Cancel one, or wait until one ends.");

    private static async Task<Results<Ok<PageAnswer<ReplayJobView>>, ApiProblem>> ListAsync(HttpRequest request, IGrainFactory grains)
    {
        var query = new QueryReader(request.Query);
        var (page, pageSize) = query.Page(pageSize: 20);
        if (query.Finish() is { } problem) return problem;
        var jobs = await grains.GetGrain<IReplayIndexGrain>(0).List(page, pageSize);
        var views = await Task.WhenAll(jobs.JobIds.Select(id => grains.GetGrain<IReplayJobGrain>(id).Get()));
        return TypedResults.Ok(new PageAnswer<ReplayJobView>([.. views.OfType<ReplayJobView>()], page, pageSize, jobs.Total));
    }

    private static async Task<Results<Ok<ReplayJobView>, ApiProblem>> GetAsync(string id, IGrainFactory grains) =>
        MessageId.TryParse(id, out var jobId) && await grains.GetGrain<IReplayJobGrain>(jobId.Value).Get() is { } job
            ? TypedResults.Ok(job)
            : Problem.NoReplay(id);

    private static Task<Results<Ok<ReplayJobView>, ApiProblem>> PauseAsync(string id, HttpRequest request, MessageRules rules, IGrainFactory grains) =>
        ObeyAsync(id, request, rules, grains, ReplayJobOrder.Pause);

    private static Task<Results<Ok<ReplayJobView>, ApiProblem>> ResumeAsync(string id, HttpRequest request, MessageRules rules, IGrainFactory grains) =>
        ObeyAsync(id, request, rules, grains, ReplayJobOrder.Resume);

    private static Task<Results<Ok<ReplayJobView>, ApiProblem>> CancelAsync(string id, HttpRequest request, MessageRules rules, IGrainFactory grains) =>
        ObeyAsync(id, request, rules, grains, ReplayJobOrder.Cancel);

    private static async Task<Results<Ok<ReplayJobView>, ApiProblem>> ObeyAsync(
        string id, HttpRequest request, MessageRules rules, IGrainFactory grains, ReplayJobOrder order)
    {
        if (!MessageId.TryParse(id, out var jobId)) return Problem.NoReplay(id);
        if (Caller.ReadName(request, rules, out var by) is { } problem) return problem;
        var (body, problemOfBody) = await JsonBody.ReadAsync(request, ApiJson.Context.ReplayOrderRequest, rules.Limits, new ReplayOrderRequest());
        if (problemOfBody is not null) return problemOfBody;
        var reason = Reasons.Of(request, body!.Reason);
        if (Reasons.Refusal(reason, required: false, rules) is { } invalid) return invalid;
        var result = await grains.GetGrain<IReplayJobGrain>(jobId.Value).Obey(order, by, reason);
        if (result.Job is not { } job) return Problem.NoReplay(id);
        return result.Obeyed ? TypedResults.Ok(job) : _ended;
    }
}
