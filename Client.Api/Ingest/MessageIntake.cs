using DlqCluster.Api.Problems;
using DlqCluster.Diagnostics;
using DlqCluster.Hosting;
using DlqCluster.Messages;

namespace DlqCluster.Api.Ingest;

/// <summary>How the acceptance of one message ended: either of the two is there.</summary>
/// <param name="Result">The grain's answer.</param>
/// <param name="Problem">Why it was refused.</param>
internal readonly record struct IntakeResult(SubmitResult? Result, ApiProblem? Problem);

/// <summary>What the request around a message adds to it.</summary>
/// <param name="CorrelationId">Used where the message has none.</param>
/// <param name="TraceParent">The W3C trace context.</param>
/// <param name="TraceState">What tracing systems add to it.</param>
internal readonly record struct RequestContext(string? CorrelationId, string? TraceParent, string? TraceState);

/// <summary>Takes a message that was read through the checks and to its grain, for single messages and for those of a batch.</summary>
/// <param name="grains">The grains.</param>
/// <param name="ids">Makes ids for messages without a key.</param>
/// <param name="rules">The checks.</param>
/// <param name="targets">The downstreams.</param>
/// <param name="queue">What <c>Retry-After</c> says.</param>
internal sealed class MessageIntake(IGrainFactory grains, MessageIds ids, MessageRules rules, Targets targets, IOptions<QueueOptions> queue)
{
    // Without a key no other submit can meet the message, so there is nothing to tell apart.
    private const string NoHash = "";

    /// <summary>The limits.</summary>
    public IngestOptions Limits => rules.Limits;

    /// <summary>The id that a message gets.</summary>
    /// <param name="draft">The message.</param>
    /// <param name="key">The idempotency key beside it.</param>
    public MessageId IdOf(MessageDraft draft, string? key) =>
        (key ?? draft.ClientMessageId) is { } unique ? MessageId.Derive(draft.KeyScope ?? draft.Source, unique) : ids.New();

    /// <summary>Accepts a message, or says why not.</summary>
    /// <param name="draft">The message.</param>
    /// <param name="id">Its id, from <see cref="IdOf"/>.</param>
    /// <param name="hasKey">Whether the id comes from a key.</param>
    /// <param name="context">What the request adds.</param>
    public async ValueTask<IntakeResult> SubmitAsync(MessageDraft draft, MessageId id, bool hasKey, RequestContext context)
    {
        if (draft.Refusal is not null) return new IntakeResult(null, draft.Refusal);
        var now = rules.Check(draft);
        var problem = draft.HasErrors ? Problem.Invalid(draft.Errors) : null;
        var mayBeRepeat = hasKey && (problem is null || draft.IsLate);
        if (problem is null && !await targets.ExistsAsync(draft.Target)) problem = Problem.UnknownTarget(draft.Target);
        var grain = grains.GetGrain<IMessageGrain>(id.Value);

        // What became wrong only with time (a moment has passed, a downstream was removed) does not undo what was accepted.
        if (problem is not null && !(mayBeRepeat && await grain.Get() is not null)) return new IntakeResult(null, problem);

        var hash = hasKey ? RequestHash.Of(draft) : NoHash;
        using var span = DlqTracing.StartAccept(id, draft.Target, context.TraceParent, context.TraceState);
        if (span is not null) context = context with { TraceParent = span.Id, TraceState = span.TraceStateString };
        var result = await grain.Submit(new SubmitMessage(ToEnvelope(draft, now, context), hash));
        return result.Outcome switch
        {
            SubmitOutcome.Conflict => new IntakeResult(null, Problem.KeyReused()),
            SubmitOutcome.LaneFull => new IntakeResult(null, Problem.LaneFull(queue.Value.RetryAfterSeconds)),
            _ => new IntakeResult(result, null),
        };
    }

    /// <summary>What is wrong with the text of a header; null when nothing is.</summary>
    /// <param name="text">The text.</param>
    public string? TextError(string text) => rules.TextError(text);

    private static Envelope ToEnvelope(MessageDraft draft, DateTimeOffset now, RequestContext context) => new()
    {
        Payload = new Payload(draft.Payload!),
        Target = draft.Target,
        ClientMessageId = draft.ClientMessageId,
        CorrelationId = draft.CorrelationId ?? context.CorrelationId,
        Source = draft.Source,
        Priority = draft.Priority,
        Tags = draft.Tags ?? (IReadOnlyList<string>)[],
        OrderingKey = draft.OrderingKey,
        DeliverAt = draft.DeliverAt ?? (draft.DelayMs is > 0 and var delay ? now.AddMilliseconds(delay) : null),
        ExpiresAt = draft.ExpiresAt,
        Retry = draft.Retry,
        TraceParent = context.TraceParent,
        TraceState = context.TraceState,
        Notice = draft.Notice,
        Conversation = draft.Conversation,
    };
}
