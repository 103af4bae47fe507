using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Recipients;

namespace DlqCluster.Api.Apis;

/// <summary>Notifications, and when and how their recipients want them.</summary>
internal static class NotificationsApi
{
    /// <summary>Scopes of keys of notifications; apart from those of other messages, whose scope is their source.</summary>
    private const string Scope = "notifications/";

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/notifications", SubmitAsync).WithTags("Notifications")
            .Describe("SubmitNotification", "Notifies somebody, durably, when and as they want it.", 413, 415, 503)
            .Details("It is held back until the recipient's quiet hours are over, unless it is critical; where its channel is switched off it is suppressed.")
            .Takes(MessagesApi.Key, MessagesApi.Correlation).TakesBody<NotificationRequest>(ConversationSamples.NotificationBody).Answers(202, Samples.Submitted)
            .Refuses(Problem.Invalid("channel", "is required"), Problem.Malformed("At line 1, byte 17 it breaks off."))
            .Refuses(Problem.UnknownTarget("mailer"), Problem.KeyReused())
            .Refuses(Problem.QueueFull(1), Problem.Draining(1));
        var preferences = routes.MapGroup("/api/recipients/{id}/preferences").WithTags("Notifications");
        preferences.MapGet("/", GetAsync)
            .Describe("GetPreferences", "When, and by which channels, somebody wants to be notified.", 400, 503)
            .Details("Whoever never said anything has the defaults: no quiet hours, and every channel on.")
            .Answers(200, ConversationSamples.Preferences);
        preferences.MapPut("/", PutAsync)
            .Describe("PutPreferences", "Says when, and by which channels, somebody wants to be notified.", 413, 415, 503)
            .Details("What is absent gets its default. What is held back looks at once whether it may go now.")
            .TakesBody<RecipientPreferencesRequest>(ConversationSamples.PreferencesBody).Answers(200, ConversationSamples.Preferences)
            .Refuses(Problem.Invalid("timeZone", "is not an IANA time zone such as Europe/Paris"));
    }

    private static async Task<Results<SubmitAccepted, ApiProblem>> SubmitAsync(
        HttpRequest request, MessageIntake intake, IntakeGate gate, IOptions<NotificationOptions> options)
    {
        if (gate.Refusal() is { } refusal) return refusal;
        if (RequestHeaders.Read(request.Headers, intake, out var key, out var context) is { } problem) return problem;
        var (body, problemOfBody) = await JsonBody.ReadAsync(request, ApiJson.Context.NotificationRequest, intake.Limits);
        if (problemOfBody is not null) return problemOfBody;
        var errors = Check(body!, intake);
        if (!errors.IsEmpty) return Problem.Invalid(errors);
        var draft = new MessageDraft
        {
            Payload = WrappedBody.Of(body!),
            Target = options.Value.TargetOf(body!.Channel!),
            ClientMessageId = body.ClientMessageId,
            CorrelationId = body.CorrelationId,
            KeyScope = Scope + body.RecipientId,
            Priority = body.Priority ?? default,
            DeliverAt = body.DeliverAt,
            ExpiresAt = body.ExpiresAt,
            Notice = new Notice(body.RecipientId!, body.Channel!),
        };
        return await MessagesApi.AcceptAsync(draft, key, context, intake);
    }

    private static async Task<Results<Ok<RecipientPreferences>, ApiProblem>> GetAsync(string id, MessageRules rules, IGrainFactory grains)
    {
        if (rules.TextError(id) is { } error) return Problem.Invalid("id", error);
        return TypedResults.Ok(await grains.GetGrain<IRecipientGrain>(id).Get());
    }

    private static async Task<Results<Ok<RecipientPreferences>, ApiProblem>> PutAsync(
        string id, HttpRequest request, MessageRules rules, IOptions<NotificationOptions> options, IGrainFactory grains)
    {
        if (rules.TextError(id) is { } error) return Problem.Invalid("id", error);
        var (body, problem) = await JsonBody.ReadAsync(request, ApiJson.Context.RecipientPreferencesRequest, rules.Limits);
        if (problem is not null) return problem;
        var preferences = body!.ToPreferences();
        var errors = new FieldErrors();
        PreferenceRules.Check(preferences, options.Value, errors.Add);
        if (!errors.IsEmpty) return Problem.Invalid(errors);
        await grains.GetGrain<IRecipientGrain>(id).Set(preferences);
        return TypedResults.Ok(preferences);
    }

    private static FieldErrors Check(NotificationRequest body, MessageIntake intake)
    {
        var errors = new FieldErrors();
        ConversationsApi.Require(errors, "recipientId", body.RecipientId, intake.TextError);
        ConversationsApi.Require(errors, "channel", body.Channel, static name => PreferenceRules.IsChannel(name) ? null : $"must be {PreferenceRules.ChannelForm}");
        if (body.Payload is null) errors.Add("payload", "is required");
        return errors;
    }
}
