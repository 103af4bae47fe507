using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Conversations;
using DlqCluster.Messages;

namespace DlqCluster.Api.Apis;

/// <summary>Conversations: say something, in order, and hear who has got and read it.</summary>
internal static class ConversationsApi
{
    private const string PlainText = "text/plain";

    /// <summary>Scopes of keys of conversations; apart from those of other messages, whose scope is their source.</summary>
    private const string Scope = "conversations/";

    private static readonly ApiProblem _noRecipient = NoRecipient();

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/conversations/{conversationId}/messages", PostAsync).WithTags("Conversations")
            .Describe("PostConversationMessage", "Says something in a conversation, durably and in order.", 413, 415, 503)
            .Details("Each message of a conversation is delivered when those before it have been. Repeats of a sender's clientMessageId answer with the same messageId.")
            .Takes(MessagesApi.Key, MessagesApi.Correlation).TakesBody<ConversationMessageRequest>(ConversationSamples.MessageBody).Answers(202, Samples.Submitted)
            .Refuses(Problem.Invalid("senderId", "is required"), Problem.Malformed("At line 1, byte 17 it breaks off."))
            .Refuses(Problem.UnknownTarget("chat"), Problem.KeyReused())
            .Refuses(Problem.QueueFull(1), Problem.LaneFull(1), Problem.Draining(1));
        var receipts = routes.MapGroup("/api/messages/{id}/receipts").WithTags("Conversations");
        receipts.MapPost("/", GiveAsync)
            .Describe("GiveReceipt", "Says that a recipient has got, or read, a message of a conversation.", 413, 415, 503)
            .Details("A receipt never moves backwards: to give it again, or less than is known, changes nothing and answers with what is known.")
            .TakesBody<ReceiptRequest>(ConversationSamples.ReceiptBody).Answers(200, ConversationSamples.Receipt)
            .Refuses(Problem.Invalid("state", "is required"), Problem.NoMessage(Samples.Id), _noRecipient);
        receipts.MapGet("/", ListAsync)
            .Describe("ListReceipts", "The receipts of a message, one for each recipient.", 503)
            .Answers(200, ConversationSamples.Receipts).Refuses(Problem.NoMessage(Samples.Id));
    }

    private static async Task<Results<SubmitAccepted, ApiProblem>> PostAsync(
        string conversationId, HttpRequest request, MessageIntake intake, IntakeGate gate, IOptions<ConversationOptions> options)
    {
        if (gate.Refusal() is { } refusal) return refusal;
        if (RequestHeaders.Read(request.Headers, intake, out var key, out var context) is { } problem) return problem;
        var (body, problemOfBody) = await JsonBody.ReadAsync(request, ApiJson.Context.ConversationMessageRequest, intake.Limits);
        if (problemOfBody is not null) return problemOfBody;
        var errors = Check(conversationId, body!, intake, options.Value);
        if (!errors.IsEmpty) return Problem.Invalid(errors);
        var draft = new MessageDraft
        {
            Payload = WrappedBody.Of(conversationId, body!, body!.ContentType ?? PlainText),
            Target = options.Value.Target,
            ClientMessageId = body.ClientMessageId,
            Source = body.SenderId,
            KeyScope = Scope + body.SenderId,
            OrderingKey = conversationId,
            Conversation = new ConversationPost(conversationId, body.SenderId!, body.RecipientIds!),
        };
        return await MessagesApi.AcceptAsync(draft, key, context, intake);
    }

    private static async Task<Results<Ok<Receipt>, ApiProblem>> GiveAsync(string id, HttpRequest request, MessageRules rules, IGrainFactory grains)
    {
        if (!MessageId.TryParse(id, out var messageId)) return Problem.NoMessage(id);
        var (body, problem) = await JsonBody.ReadAsync(request, ApiJson.Context.ReceiptRequest, rules.Limits);
        if (problem is not null) return problem;
        var errors = new FieldErrors();
        Require(errors, "userId", body!.UserId, rules.TextError);
        if (body.State is null) errors.Add("state", "is required");
        else if (body.State == ReceiptState.Pending) errors.Add("state", "must be delivered or read: every receipt is pending from the start");
        if (!errors.IsEmpty) return Problem.Invalid(errors);
        var result = await grains.GetGrain<IMessageGrain>(messageId.Value).GiveReceipt(body.UserId!, body.State!.Value);
        return result.Outcome switch
        {
            ReceiptOutcome.NoMessage => Problem.NoMessage(id),
            ReceiptOutcome.NoRecipient => _noRecipient,
            _ => TypedResults.Ok(result.Receipt!),
        };
    }

    private static async Task<Results<Ok<ReceiptListAnswer>, ApiProblem>> ListAsync(string id, IGrainFactory grains)
    {
        if (!MessageId.TryParse(id, out var messageId)) return Problem.NoMessage(id);
        var receipts = await grains.GetGrain<IMessageGrain>(messageId.Value).GetReceipts();
        return receipts is null ? Problem.NoMessage(id) : TypedResults.Ok(new ReceiptListAnswer(receipts));
    }

    private static FieldErrors Check(string conversationId, ConversationMessageRequest body, MessageIntake intake, ConversationOptions options)
    {
        var errors = new FieldErrors();
        Require(errors, "conversationId", conversationId, intake.TextError);
        Require(errors, "senderId", body.SenderId, intake.TextError);
        if (body.Content is null) errors.Add("content", "is required");
        if (body.ContentType is { } type && intake.TextError(type) is { } wrongType) errors.Add("contentType", wrongType);
        if (body.ClientMessageId is { } id && intake.TextError(id) is { } wrongId) errors.Add("clientMessageId", wrongId);
        CheckRecipients(errors, body.RecipientIds ?? [], intake, options.MaxRecipients);
        return errors;
    }

    private static void CheckRecipients(FieldErrors errors, IReadOnlyList<string> recipients, MessageIntake intake, int most)
    {
        if (recipients.Count == 0) errors.Add("recipientIds", "must name at least one recipient");
        if (recipients.Count > most)
        {
            errors.Add("recipientIds", $"names {recipients.Count} recipients; at most {most} are allowed (Conversations:MaxRecipients)");
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < recipients.Count; i++)
        {
            if (recipients[i] is null) errors.Add($"recipientIds[{i}]", "must not be null");
            else if (intake.TextError(recipients[i]) is { } error) errors.Add($"recipientIds[{i}]", error);
            else if (!seen.Add(recipients[i])) errors.Add($"recipientIds[{i}]", "is given twice");
        }
    }

    /// <summary>Notes when a text is missing or wrong.</summary>
    internal static void Require(FieldErrors errors, string field, string? text, Func<string, string?> check)
    {
        if (text is null) errors.Add(field, "is required");
        else if (check(text) is { } error) errors.Add(field, error);
    }

    private static ApiProblem NoRecipient()
    {
        var errors = new FieldErrors();
        errors.Add("userId", "is none of the message's recipients");
        return new ApiProblem(422, "not-a-recipient", "The user is no recipient.", "Only the recipients that the sender named give receipts of a message.") { Errors = errors };
    }
}
