using DlqCluster.Api.Audit;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Messages;

namespace DlqCluster.Api.Apis;

/// <summary>Messages: submit one or many, look at one, cancel it.</summary>
internal static class MessagesApi
{
    private const string Root = "/api/messages";

    /// <summary>The header with a message's key.</summary>
    internal static readonly Input Key = Input.Header(
        "Idempotency-Key", "Your key for the message, unique within its source: repeats are answered, not accepted again. A batch appends the index.", "order-18");

    /// <summary>The header that ties messages together.</summary>
    internal static readonly Input Correlation = Input.Header("X-Correlation-Id", "The correlation id of messages that give none.", "cart-9");

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var messages = routes.MapGroup(Root).WithTags("Messages");
        messages.MapPost("/", SubmitAsync).Describe("SubmitMessage", "Accepts a message, durably.", 413, 415, 503)
            .Details("The 202 is sent only after the message cannot be lost. Repeats with the same key and content answer with the same messageId.")
            .Takes(Key, Correlation).TakesBody<SubmitRequest>(Samples.SubmitBody).Answers(202, Samples.Submitted)
            .Refuses(Problem.Invalid("payload", "is required"), Problem.Malformed("At line 1, byte 17 it breaks off."))
            .Refuses(Problem.UnknownTarget("shopp"), Problem.KeyReused())
            .Refuses(Problem.QueueFull(1), Problem.LaneFull(1), Problem.Draining(1));
        messages.MapPost("/batch", SubmitBatchAsync).Describe("SubmitBatch", "Accepts many messages, each by itself.", 415)
            .Details("202 when all were accepted, 207 when some were refused; the answers are in the order of the messages.")
            .Takes(Key, Correlation).TakesBody<BatchRequest>(Samples.BatchBody).TakesLines<BatchRequest>(Samples.BatchLines)
            .Produces<BatchAnswer>(StatusCodes.Status202Accepted).Produces<BatchAnswer>(StatusCodes.Status207MultiStatus)
            .Answers(202, Samples.BatchAccepted).Answers(207, Samples.BatchMixed)
            .Refuses(Problem.Malformed("At line 1, byte 17 it breaks off."), Problem.Invalid("messages", "must have at least one message"))
            .Refuses(Problem.BodyTooLarge(8_388_608, "Ingest:MaxBatchBytes"), Problem.BatchTooLarge(1_000))
            .Refuses(Problem.QueueFull(1), Problem.Draining(1));
        messages.MapGet("/{id}", GetAsync).Describe("GetMessage", "A message's state and attempts.", 503)
            .Answers(200, Samples.Message).Refuses(Problem.NoMessage(Samples.Id));
        messages.MapGet("/{id}/explain", ExplainAsync).Describe("ExplainMessage", "Why a message has not been sent, and when it will be.", 503)
            .Answers(200, OrderingSamples.Explanation).Refuses(Problem.NoMessage(Samples.Id));
        messages.MapDelete("/{id}", CancelAsync).Audited("message.cancel", "id").Describe("CancelMessage", "Cancels a message that has not ended.", 503)
            .Details("An attempt that is on its way is abandoned; its downstream may have taken it.")
            .Answers(200, Samples.Cancelled).Refuses(Problem.NoMessage(Samples.Id), Ended(MessageState.Delivered));
    }

    private static async Task<Results<SubmitAccepted, ApiProblem>> SubmitAsync(HttpRequest request, MessageIntake intake, IntakeGate gate)
    {
        if (gate.Refusal() is { } refusal) return refusal;
        if (RequestHeaders.Read(request.Headers, intake, out var key, out var context) is { } problem) return problem;
        return await AcceptAsync(await SubmitReader.ReadAsync(request, intake), key, context, intake);
    }

    /// <summary>Accepts a message that was read, or says why not.</summary>
    /// <param name="draft">The message.</param>
    /// <param name="key">The idempotency key beside it.</param>
    /// <param name="context">What the request adds.</param>
    /// <param name="intake">Accepts it.</param>
    internal static async Task<Results<SubmitAccepted, ApiProblem>> AcceptAsync(MessageDraft draft, string? key, Ingest.RequestContext context, MessageIntake intake)
    {
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

    private static async Task<Results<Ok<MessageExplanation>, ApiProblem>> ExplainAsync(string id, IGrainFactory grains)
    {
        if (!MessageId.TryParse(id, out var messageId)) return Problem.NoMessage(id);
        var explanation = await grains.GetGrain<IMessageGrain>(messageId.Value).Explain();
        return explanation is null ? Problem.NoMessage(id) : TypedResults.Ok(explanation);
    }

    private static async Task<Results<Ok<CancelAnswer>, ApiProblem>> CancelAsync(string id, IGrainFactory grains)
    {
        if (!MessageId.TryParse(id, out var messageId)) return Problem.NoMessage(id);
        var result = await grains.GetGrain<IMessageGrain>(messageId.Value).Cancel();
        return result.Outcome switch
        {
            CancelOutcome.Cancelled => TypedResults.Ok(new CancelAnswer(messageId, result.State ?? MessageState.Cancelled)),
            CancelOutcome.AlreadyEnded => Ended(result.State),
            _ => Problem.NoMessage(id),
        };
    }

    private static ApiProblem Ended(MessageState? state) =>
        Problem.Conflict("message-ended", $"The message has already ended: it is {JsonNames.Of(state)}.");

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
