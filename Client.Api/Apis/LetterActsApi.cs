using DlqCluster.Api.Audit;
using DlqCluster.Api.DeadLetters;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Api.Security;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Api.Apis;

/// <summary>What people do with dead letters beside replaying them: discard them, take that back, note what they know.</summary>
internal static class LetterActsApi
{
    private const string Text = "text";
    private const int MaxNoteLength = 4_000;

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var dlq = routes.MapGroup("/api/dlq").WithTags("Dead letters");
        dlq.MapPost("/{id}/discard", DiscardAsync).Audited("letter.discard", "id")
            .Describe("DiscardLetter", "Settles a dead letter without delivering it.", 400, 413, 415, 503)
            .TakesBody<ReasonRequest>(LetterSamples.ReasonBody).Answers(200, LetterSamples.Discarded)
            .Refuses(Problem.NoLetter(Samples.Id), LetterSamples.UnderReplay, LetterSamples.Resolved);
        dlq.MapPost("/{id}/restore", RestoreAsync).Audited("letter.restore", "id")
            .Describe("RestoreLetter", "Takes a discard back; the letter is then for people to replay.", 400, 413, 415, 503)
            .TakesBody<ReasonRequest>(LetterSamples.ReasonBody, optional: true).Answers(200, LetterSamples.Story)
            .Refuses(Problem.NoLetter(Samples.Id), LetterSamples.NotDiscarded);
        dlq.MapPost("/{id}/notes", NoteAsync).Audited("letter.note", "id")
            .Describe("AddLetterNote", "Adds a note to a dead letter.", 400, 413, 415, 503)
            .TakesBody<NoteRequest>(LetterSamples.NoteBody).Answers(200, LetterSamples.Story).Refuses(Problem.NoLetter(Samples.Id));
        dlq.MapPost("/discard-batch", DiscardBatchAsync).Audited("letter.discardBatch")
            .Describe("DiscardLetters", "Discards the letters that match a filter, as of a moment, a bounded number at a time.", 400, 413, 415, 503)
            .Details("Letters that came, or failed again, after asOf are left alone. While the answer has a nextCursor there is more: repeat the request with it and with the answer's asOf. Repeating a request changes nothing twice.")
            .TakesBody<DiscardRequest>(LetterSamples.DiscardBody).Answers(200, LetterSamples.DiscardedMany);
    }

    private static async Task<Results<Ok<LetterAnswer>, ApiProblem>> DiscardAsync(string id, HttpRequest request, LetterDesk desk)
    {
        var (reason, problem) = await ReadReasonAsync(request, desk, required: true);
        return problem ?? await ActAsync(id, request, desk, LetterActKind.Discard, reason);
    }

    private static async Task<Results<Ok<LetterAnswer>, ApiProblem>> RestoreAsync(string id, HttpRequest request, LetterDesk desk)
    {
        var (reason, problem) = await ReadReasonAsync(request, desk, required: false);
        return problem ?? await ActAsync(id, request, desk, LetterActKind.Restore, reason);
    }

    private static async Task<Results<Ok<LetterAnswer>, ApiProblem>> NoteAsync(string id, HttpRequest request, LetterDesk desk)
    {
        var (body, problem) = await JsonBody.ReadAsync(request, ApiJson.Context.NoteRequest, desk.Rules.Limits);
        if (problem is not null) return problem;
        if (string.IsNullOrWhiteSpace(body!.Text)) return Problem.Invalid(Text, "is required");
        if (body.Text.Length > MaxNoteLength) return Problem.Invalid(Text, $"has {body.Text.Length} characters; at most {MaxNoteLength} are allowed");
        AuditScope.Of(request.HttpContext).Detail = body.Text;
        return await ActAsync(id, request, desk, LetterActKind.Note, body.Text);
    }

    private static async Task<Results<Ok<LetterAnswer>, ApiProblem>> ActAsync(
        string id, HttpRequest request, LetterDesk desk, LetterActKind kind, string? text)
    {
        if (!MessageId.TryParse(id, out var messageId)) return Problem.NoLetter(id);
        if (Caller.ReadName(request, desk.Rules, out var by) is { } problem) return problem;
        return await desk.ApplyAsync(new LetterAct(kind, [messageId], by, text, AsOf: null)) switch
        {
            [LetterActOutcome.Done] => await desk.FindAsync(messageId) is { } letter ? TypedResults.Ok(letter) : Problem.NoLetter(id),
            [LetterActOutcome.UnderReplay] => LetterSamples.UnderReplay,
            [LetterActOutcome.AlreadyResolved] => LetterSamples.Resolved,
            [LetterActOutcome.NotDiscarded] => LetterSamples.NotDiscarded,
            [LetterActOutcome.NotFound] => Problem.NoLetter(id),
            _ => LetterDesk.NotStored(),
        };
    }

    private static async Task<Results<Ok<DiscardAnswer>, ApiProblem>> DiscardBatchAsync(HttpRequest request, LetterDesk desk)
    {
        var (body, problem) = await JsonBody.ReadAsync(request, ApiJson.Context.DiscardRequest, desk.Rules.Limits);
        if (problem is not null) return problem;
        if (Caller.ReadName(request, desk.Rules, out var by) is { } problemOfOperator) return problemOfOperator;
        var scope = AuditScope.Of(request.HttpContext);
        if (body!.DryRun) scope.Act = AuditedActs.DiscardDryRun;
        body = body with { Reason = Reasons.Of(request, body.Reason) };
        if (CheckDiscard(body, desk) is { } invalid) return invalid;
        try
        {
            var answer = await desk.DiscardAsync(body, by, request.HttpContext.RequestAborted);
            (scope.Count, scope.Detail) = (answer.DryRun ? answer.Matched : answer.Discarded, $"{body.Filter}; as of {answer.AsOf:O}; {answer.Skipped} skipped, {answer.Failed} failed");
            return TypedResults.Ok(answer);
        }
        catch (ArgumentException)
        {
            return Problem.Invalid("cursor", "is not a nextCursor of a discard with the same filter");
        }
    }

    private static ApiProblem? CheckDiscard(DiscardRequest body, LetterDesk desk)
    {
        var errors = new FieldErrors();
        Reasons.Check(body.Reason, required: true, desk.Rules, errors);
        // A filter that is left out by mistake must not mean everything; an empty one says so.
        if (body.Filter is null) errors.Add("filter", "is required; {} means every letter");
        else body.Filter.Check("filter.", desk.Rules, errors);
        if (body.Cursor is not null && body.AsOf is null) errors.Add("asOf", "is required with cursor: the moment that the first answer named");
        if (body.AsOf > desk.Now) errors.Add("asOf", "is in the future");
        return errors.IsEmpty ? null : Problem.Invalid(errors);
    }

    private static async Task<(string? Reason, ApiProblem? Problem)> ReadReasonAsync(HttpRequest request, LetterDesk desk, bool required)
    {
        var (body, problem) = await JsonBody.ReadAsync(request, ApiJson.Context.ReasonRequest, desk.Rules.Limits, new ReasonRequest());
        if (problem is not null) return (null, problem);
        var reason = Reasons.Of(request, body!.Reason);
        return (reason, Reasons.Refusal(reason, required, desk.Rules));
    }
}
