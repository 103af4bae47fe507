using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Messages;

namespace DlqCluster.Api.Apis;

/// <summary>Messages: submit one or many, look at one, cancel it.</summary>
internal static class MessagesApi
{
    private const string Root = "/api/messages";

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var messages = routes.MapGroup(Root).WithTags("Messages");
        messages.MapPost("/", SubmitAsync).Describe("SubmitMessage", "Accepts a message, durably.", 400, 413, 415, 422, 503);
        messages.MapPost("/batch", SubmitBatchAsync).Describe("SubmitBatch", "Accepts many messages, each by itself.", 400, 413, 415, 503)
            .Produces<BatchAnswer>(StatusCodes.Status202Accepted).Produces<BatchAnswer>(StatusCodes.Status207MultiStatus);
        messages.MapGet("/{id}", GetAsync).Describe("GetMessage", "A message's state and attempts.", 404, 503);
        messages.MapDelete("/{id}", CancelAsync).Describe("CancelMessage", "Cancels a message that has not ended.", 404, 409, 503);
    }

    private static async Task<Results<SubmitAccepted, ApiProblem>> SubmitAsync(HttpRequest request, MessageIntake intake, IntakeGate gate)
    {
        if (gate.Refusal() is { } refusal) return refusal;
        if (RequestHeaders.Read(request.Headers, intake, out var key, out var context) is { } problem) return problem;
        var draft = await SubmitReader.ReadAsync(request, intake);
        var hasKey = key is not null || draft.ClientMessageId is not null;
        var (result, problemOfMessage) = await intake.SubmitAsync(draft, intake.IdOf(draft, key), hasKey, context);
        if (problemOfMessage is not null) return problemOfMessage;
        return new SubmitAccepted(SubmitAnswer.From(result!));
    }

    private static async Task<Results<JsonHttpResult<BatchAnswer>, ApiProblem>> SubmitBatchAsync(
        HttpContext http, MessageIntake intake, BatchIntake batch, IntakeGate gate)
    {
        if (gate.Refusal() is { } refusal) return refusal;
        if (RequestHeaders.Read(http.Request.Headers, intake, out var key, out var context) is { } problem) return problem;
        var (drafts, problemOfBatch) = await BatchReader.ReadAsync(http.Request, intake.Limits);
        if (problemOfBatch is not null) return problemOfBatch;
        var results = await batch.SubmitAsync(drafts, key, context);
        var refused = results.Any(result => result.Problem is not null);
        if (results.Any(result => result.Problem?.RetryAfterSeconds is not null))
            http.Response.Headers.RetryAfter = gate.RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return TypedResults.Json(
            new BatchAnswer([.. results.Select(ToItem)]),
            ApiJson.Context.BatchAnswer,
            statusCode: refused ? StatusCodes.Status207MultiStatus : StatusCodes.Status202Accepted);
    }

    private static async Task<Results<Ok<MessageView>, ApiProblem>> GetAsync(string id, IGrainFactory grains)
    {
        if (!MessageId.TryParse(id, out var messageId)) return Problem.NoMessage(id);
        var view = await grains.GetGrain<IMessageGrain>(messageId.Value).Get();
        return view is null ? Problem.NoMessage(id) : TypedResults.Ok(view);
    }

    private static async Task<Results<Ok<CancelAnswer>, ApiProblem>> CancelAsync(string id, IGrainFactory grains)
    {
        if (!MessageId.TryParse(id, out var messageId)) return Problem.NoMessage(id);
        var result = await grains.GetGrain<IMessageGrain>(messageId.Value).Cancel();
        return result.Outcome switch
        {
            CancelOutcome.Cancelled => TypedResults.Ok(new CancelAnswer(messageId, result.State ?? MessageState.Cancelled)),
            CancelOutcome.AlreadyEnded => Problem.Conflict("message-ended", $"The message has already ended: it is {JsonNames.Of(result.State)}."),
            _ => Problem.NoMessage(id),
        };
    }

    private static BatchItem ToItem(IntakeResult result, int index)
    {
        if (result.Problem is { } problem) return new BatchItem { Index = index, Status = problem.Status, Error = problem.ToDocument(null) };
        var answer = SubmitAnswer.From(result.Result!);
        return new BatchItem
        {
            Index = index,
            Status = StatusCodes.Status202Accepted,
            MessageId = answer.MessageId,
            State = answer.State,
            AcceptedAt = answer.AcceptedAt,
            IdempotentHit = answer.IdempotentHit,
        };
    }
}
