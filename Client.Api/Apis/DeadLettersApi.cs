using DlqCluster.Api.Audit;
using DlqCluster.Api.DeadLetters;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Api.Security;
using DlqCluster.DeadLetters;
using DlqCluster.Diagnostics;
using DlqCluster.Hosting;
using DlqCluster.Messages;

namespace DlqCluster.Api.Apis;

/// <summary>Dead letters: find them, look at one, replay one.</summary>
internal static class DeadLettersApi
{
    private const string Cursor = "cursor";

    private static readonly ApiProblem _processing = Problem.Conflict("letter-processing", "A replay of this letter is under way.");
    private static readonly ApiProblem _resolved = Problem.Conflict("letter-resolved", "This letter is resolved.");

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var dlq = routes.MapGroup("/api/dlq").WithTags("Dead letters");
        dlq.MapGet("/", ListAsync).Describe("ListLetters", "Dead letters by filter, sorted and paged.", 400, 503)
            .Details("Everything that is given must hold. A cursor skips and repeats nothing while letters come and go; page numbers do.")
            .Takes(LetterInputs.Filter).Takes(LetterInputs.Order).Takes(Input.Page(20)).Answers(200, Samples.Letters);
        dlq.MapGet("/stats", StatsAsync).Describe("GetLetterStats", "The dead-letter queue in numbers.", 503).Answers(200, Samples.Stats);
        dlq.MapGet("/{id}", GetAsync).Describe("GetLetter", "One dead letter with its whole story.", 503)
            .Answers(200, LetterSamples.Story).Refuses(Problem.NoLetter(Samples.Id));
        dlq.MapPost("/{id}/replay", ReplayAsync).Audited("letter.replay", "id")
            .Describe("ReplayLetter", "Replays one dead letter now.", 400, 413, 415, 503)
            .Details("As it was, or with another payload or to another downstream. The original is kept; exactly one copy is sent.")
            .TakesBody<ReplayRequest>(Samples.ReplayBody, optional: true).Answers(202, Samples.Replayed)
            .Refuses(Problem.NoLetter(Samples.Id), Problem.UnknownTarget("shopp"), _processing, _resolved);
    }

    private static async Task<Results<Ok<LetterListAnswer>, ApiProblem>> ListAsync(HttpRequest request, MessageRules rules, IDeadLetterStore letters)
    {
        var query = ReadQuery(new QueryReader(request.Query), rules, out var problem);
        if (problem is not null) return problem;
        try
        {
            var page = await letters.QueryAsync(query);
            return TypedResults.Ok(new LetterListAnswer(
                page.Letters, query.Cursor is null ? query.Page : null, query.PageSize, page.Total, page.NextCursor, page.TotalIsExact));
        }
        catch (ArgumentException)
        {
            return Problem.Invalid(Cursor, "is not a nextCursor of a query with the same filter and sort");
        }
    }

    private static async Task<Ok<LetterStats>> StatsAsync(IDeadLetterStore letters) => TypedResults.Ok(await letters.StatsAsync());

    private static async Task<Results<Ok<LetterAnswer>, ApiProblem>> GetAsync(string id, LetterDesk desk) =>
        MessageId.TryParse(id, out var messageId) && await desk.FindAsync(messageId) is { } letter
            ? TypedResults.Ok(letter)
            : Problem.NoLetter(id);

    private static async Task<Results<Accepted<ReplayAnswer>, ApiProblem>> ReplayAsync(
        string id, HttpRequest request, MessageRules rules, Targets targets, IGrainFactory grains, IOptions<PartitionOptions> partitions)
    {
        if (!MessageId.TryParse(id, out var messageId)) return Problem.NoLetter(id);
        if (Caller.ReadName(request, rules, out var by) is { } problem) return problem;
        var (replay, problemOfBody) = await JsonBody.ReadAsync(request, ApiJson.Context.ReplayRequest, rules.Limits, new ReplayRequest());
        if (problemOfBody is not null) return problemOfBody;
        replay = replay! with { Reason = Reasons.Of(request, replay.Reason) };
        if (CheckReplay(replay, rules) is { } invalid) return invalid;
        if (replay.Target is { } target && !await targets.ExistsAsync(target)) return Problem.UnknownTarget(target);

        var partition = grains.GetGrain<IDlqPartitionGrain>(messageId.Partition(partitions.Value.Count));
        DlqTracing.CarryRequest();
        var result = await partition.Replay(new ReplayLetter(messageId, by, replay.Payload, replay.Target, replay.Reason));
        return result.Outcome switch
        {
            ReplayOutcome.Started => TypedResults.Accepted($"/api/dlq/{messageId}", new ReplayAnswer(messageId, result.Generation)),
            ReplayOutcome.AlreadyProcessing => _processing,
            ReplayOutcome.AlreadyResolved => _resolved,
            _ => Problem.NoLetter(id),
        };
    }

    private static ApiProblem? CheckReplay(ReplayRequest replay, MessageRules rules)
    {
        var errors = new FieldErrors();
        if (replay.Target is not null && rules.TextError(replay.Target) is { } target) errors.Add("target", target);
        Reasons.Check(replay.Reason, required: false, rules, errors);
        return errors.IsEmpty ? null : Problem.Invalid(errors);
    }

    private static LetterQuery ReadQuery(QueryReader query, MessageRules rules, out ApiProblem? problem)
    {
        var (page, pageSize) = query.Page(pageSize: 20);
        var letters = new LetterQuery
        {
            Filter = LetterFilterRequest.Read(query, rules).ToFilter(),
            Sort = query.OneOf<LetterSort>("sort") ?? LetterSort.CreatedAt,
            Descending = query.OneOf<SortOrder>("order") is not SortOrder.Asc,
            Page = page,
            PageSize = pageSize,
            Cursor = query.Text(Cursor),
        };
        if (letters.Cursor is not null && query.Has("page")) query.Refuse("page", "cannot be given together with cursor");
        problem = query.Finish();
        return letters;
    }

    // Its names are those of the query parameter.
    private enum SortOrder
    {
        Asc,
        Desc,
    }
}
