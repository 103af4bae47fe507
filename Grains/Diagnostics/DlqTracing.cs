using System.Diagnostics;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Diagnostics;

/// <summary>
/// The spans of a message's life: it is accepted, attempted, dead-lettered and replayed in one trace, however long that takes and whoever
/// crashes meanwhile, since the trace context is stored with the message. Where nobody listens, nothing is made.
/// </summary>
public static class DlqTracing
{
    /// <summary>The name of the source.</summary>
    public const string SourceName = "DlqCluster";

    /// <summary>The trace context of an operator's request, in what travels with calls of grains.</summary>
    internal const string RequestKey = "dlq.traceparent";

    private static readonly ActivitySource _source = new(SourceName);

    /// <summary>A message is being accepted.</summary>
    /// <param name="id">The message.</param>
    /// <param name="target">Its downstream.</param>
    /// <param name="traceParent">The context that its client gave, for when the request itself is not traced.</param>
    /// <param name="traceState">What tracing systems add to it.</param>
    public static Activity? StartAccept(MessageId id, string target, string? traceParent, string? traceState)
    {
        if (!_source.HasListeners()) return null;
        var parent = Activity.Current?.Context ?? Context(traceParent, traceState);
        return Describe(_source.StartActivity("accept", ActivityKind.Producer, parent), id, target);
    }

    /// <summary>Lets the calls of grains that follow in this method know the request that they come from.</summary>
    public static void CarryRequest()
    {
        if (_source.HasListeners() && Activity.Current?.Id is { } id) RequestContext.Set(RequestKey, id);
    }

    /// <summary>A message is about to be sent.</summary>
    internal static Activity? StartAttempt(MessageId id, MessageRecord record)
    {
        if (!_source.HasListeners()) return null;
        var span = Start("deliver", ActivityKind.Client, record.Envelope, LinkTo(LastAttempt(record)));
        span?.SetTag("dlq.attempt", record.AttemptsMade + 1).SetTag("dlq.generation", record.Generation);
        return Describe(span, id, record.Envelope.Target);
    }

    /// <summary>An attempt has come to its end; null when it was broken off.</summary>
    internal static void EndAttempt(Activity? span, AttemptResult? result)
    {
        if (span is null) return;
        if (result?.StatusCode is { } status) span.SetTag("http.response.status_code", status);
        if (result is null)
        {
            span.SetTag("dlq.cancelled", true);
        }
        else if (result.Outcome != AttemptOutcome.Delivered)
        {
            span.SetTag("error.type", ErrorTypes.Name(result.ErrorType));
            span.SetStatus(ActivityStatusCode.Error, result.Error);
        }

        span.Stop();
    }

    /// <summary>A message is handed to the dead-letter queue.</summary>
    internal static Activity? StartDeadLetter(MessageId id, MessageRecord record)
    {
        if (!_source.HasListeners()) return null;
        var span = Start("dead-letter", ActivityKind.Internal, record.Envelope, LinkTo(LastAttempt(record)));
        span?.SetTag("error.type", ErrorTypes.Name(record.Owed?.ErrorType ?? ErrorType.Unknown));
        return Describe(span, id, record.Envelope.Target);
    }

    /// <summary>A letter is being replayed.</summary>
    /// <param name="letter">The letter, with the replay started.</param>
    internal static Activity? StartReplay(Letter letter)
    {
        if (!_source.HasListeners()) return null;
        var span = Start("replay", ActivityKind.Producer, letter.OriginalMessage, LinkTo(RequestContext.Get(RequestKey) as string));
        span?.SetTag("dlq.generation", letter.Generation);
        return Describe(span, letter.MessageId, letter.Metadata.Target);
    }

    /// <summary>The message as what follows this span must know it: its trace goes on here.</summary>
    internal static Envelope Under(Activity? span, Envelope envelope) =>
        span is null ? envelope : envelope with { TraceParent = span.Id, TraceState = span.TraceStateString };

    private static Activity? Start(string name, ActivityKind kind, Envelope envelope, ActivityLink[]? links)
    {
        // Nothing but the message says what this belongs to.
        Activity.Current = null;
        return _source.StartActivity(name, kind, Context(envelope.TraceParent, envelope.TraceState), tags: null, links);
    }

    private static Activity? Describe(Activity? span, MessageId id, string target)
    {
        if (span is { IsAllDataRequested: true }) span.SetTag("messaging.message.id", id.Value).SetTag("messaging.destination.name", target);
        return span;
    }

    private static string? LastAttempt(MessageRecord record) => record.Attempts is [.., { TraceParent: { } last }] ? last : null;

    private static ActivityLink[]? LinkTo(string? traceParent) => Context(traceParent, null) is var context && context != default ? [new ActivityLink(context)] : null;

    private static ActivityContext Context(string? traceParent, string? traceState) =>
        ActivityContext.TryParse(traceParent, traceState, isRemote: true, out var context) ? context : default;
}
