using System.Text.Json.Serialization;
using DlqCluster.Conversations;
using DlqCluster.Downstreams;
using DlqCluster.Ordering;
using DlqCluster.Payloads;
using DlqCluster.Recipients;

namespace DlqCluster.Messages;

/// <summary>A message as it was accepted: everything that is needed to deliver it, now or from the dead-letter queue in a month.</summary>
[GenerateSerializer, Immutable, Alias("dlq.Envelope")]
public sealed record Envelope
{
    /// <summary>One that says nothing.</summary>
    public static readonly Envelope Empty = new();

    /// <summary>The body that is delivered; in a receipt, none.</summary>
    [Id(0), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Payload Payload { get; init; }

    /// <summary>Name of the downstream that is to get it.</summary>
    [Id(1)] public string Target { get; init; } = "default";

    /// <summary>The client's own id for it, unique within <see cref="Source"/>.</summary>
    [Id(2)] public string? ClientMessageId { get; init; }

    /// <summary>Ties it to other messages and log lines of the same business act.</summary>
    [Id(3)] public string? CorrelationId { get; init; }

    /// <summary>Who sent it.</summary>
    [Id(4)] public string? Source { get; init; }

    /// <summary>What goes first.</summary>
    [Id(5)] public MessagePriority Priority { get; init; }

    /// <summary>Labels to find it by.</summary>
    [Id(6)] public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Messages of one key to one downstream are delivered one after the other, in the order in which they were accepted.</summary>
    [Id(7)] public string? OrderingKey { get; init; }

    /// <summary>Not to be delivered before this.</summary>
    [Id(8)] public DateTimeOffset? DeliverAt { get; init; }

    /// <summary>Not to be delivered from this on.</summary>
    [Id(9)] public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Its own wishes on retries, over the downstream's.</summary>
    [Id(10)] public RetryOverrides? Retry { get; init; }

    /// <summary>The W3C trace context that it was submitted under.</summary>
    [Id(11)] public string? TraceParent { get; init; }

    /// <summary>When it was accepted.</summary>
    [Id(12)] public DateTimeOffset AcceptedAt { get; init; }

    /// <summary>What tracing systems add to <see cref="TraceParent"/> (W3C <c>tracestate</c>), at most 512 characters; passed on as it came.</summary>
    [Id(13)] public string? TraceState { get; init; }

    /// <summary>Where the payload is while it is kept in the payload store and not in here; a letter has its payload itself, and never this.</summary>
    [Id(14)] public PayloadClaim? Claim { get; init; }

    /// <summary>Whom it notifies, and how, when it is a notification.</summary>
    [Id(15)] public Notice? Notice { get; init; }

    /// <summary>The conversation that it is part of, when it is.</summary>
    [Id(16)] public ConversationPost? Conversation { get; init; }
}

/// <summary>Asks a message grain to accept a message. Sending it again with the same <paramref name="RequestHash"/> changes nothing.</summary>
/// <param name="Envelope">The message; the grain sets <see cref="Envelope.AcceptedAt"/>.</param>
/// <param name="RequestHash">A hash over all that the client sent: it tells a repeat from another message under the same key.</param>
[GenerateSerializer, Immutable, Alias("dlq.SubmitMessage")]
public sealed record SubmitMessage([property: Id(0)] Envelope Envelope, [property: Id(1)] string RequestHash);

/// <summary>How a submit ended.</summary>
public enum SubmitOutcome
{
    /// <summary>The message is new and durable.</summary>
    Accepted,

    /// <summary>It is a repeat of a message that is already durable.</summary>
    Duplicate,

    /// <summary>Another message has this idempotency key.</summary>
    Conflict,

    /// <summary>Too many messages of its ordering key wait already; nothing is stored.</summary>
    LaneFull,
}

/// <summary>The answer to a submit.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="MessageId">The message's id.</param>
/// <param name="State">Where the message is now.</param>
/// <param name="AcceptedAt">When it was first accepted.</param>
[GenerateSerializer, Immutable, Alias("dlq.SubmitResult")]
public sealed record SubmitResult(
    [property: Id(0)] SubmitOutcome Outcome,
    [property: Id(1)] MessageId MessageId,
    [property: Id(2)] MessageState State,
    [property: Id(3)] DateTimeOffset AcceptedAt);

/// <summary>One attempt to deliver a message.</summary>
[GenerateSerializer, Immutable, Alias("dlq.Attempt")]
public sealed record Attempt
{
    /// <summary>1 for the first, counted anew for each replay.</summary>
    [Id(0)] public int Number { get; init; }

    /// <summary>0 for the message itself, n for its nth replay.</summary>
    [Id(1)] public int Generation { get; init; }

    /// <summary>When it was sent.</summary>
    [Id(2)] public DateTimeOffset StartedAt { get; init; }

    /// <summary>How long the downstream took, in milliseconds.</summary>
    [Id(3)] public double DurationMs { get; init; }

    /// <summary>How it ended.</summary>
    [Id(4)] public AttemptOutcome Outcome { get; init; }

    /// <summary>The downstream's HTTP status, when there was an answer.</summary>
    [Id(5)] public int? StatusCode { get; init; }

    /// <summary>Why it failed.</summary>
    [Id(6)] public ErrorType? ErrorType { get; init; }

    /// <summary>The error in words, at most <c>Delivery:MaxErrorLength</c> characters.</summary>
    [Id(7)] public string? Error { get; init; }

    /// <summary>The W3C trace context of its span, when it was traced: the next attempt links to it.</summary>
    [Id(8)] public string? TraceParent { get; init; }
}

/// <summary>A message as its owner may see it.</summary>
[GenerateSerializer, Immutable, Alias("dlq.MessageView")]
public sealed record MessageView
{
    /// <summary>Its id.</summary>
    [Id(0)] public MessageId MessageId { get; init; }

    /// <summary>Where it is.</summary>
    [Id(1)] public MessageState State { get; init; }

    /// <summary>Its downstream.</summary>
    [Id(2)] public string Target { get; init; } = "";

    /// <summary>When it was accepted.</summary>
    [Id(3)] public DateTimeOffset AcceptedAt { get; init; }

    /// <summary>When it came to its end.</summary>
    [Id(4)] public DateTimeOffset? EndedAt { get; init; }

    /// <summary>When it will be tried next, while it is scheduled or retrying.</summary>
    [Id(5)] public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>The attempts so far, oldest first; of very many, the newest.</summary>
    [Id(6)] public IReadOnlyList<Attempt> Attempts { get; init; } = [];

    /// <summary>Its priority.</summary>
    [Id(7)] public MessagePriority Priority { get; init; }

    /// <summary>Its labels.</summary>
    [Id(8)] public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Who sent it.</summary>
    [Id(9)] public string? Source { get; init; }

    /// <summary>The client's own id for it.</summary>
    [Id(10)] public string? ClientMessageId { get; init; }

    /// <summary>What ties it to other messages.</summary>
    [Id(11)] public string? CorrelationId { get; init; }

    /// <summary>When it expires.</summary>
    [Id(12)] public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How often it has been replayed from the dead-letter queue.</summary>
    [Id(13)] public int Replays { get; init; }

    /// <summary>Messages of one key to one downstream are delivered one after the other.</summary>
    [Id(14)] public string? OrderingKey { get; init; }

    /// <summary>Whom it notifies, and how, when it is a notification.</summary>
    [Id(15)] public Notice? Notice { get; init; }

    /// <summary>Until when, and why, its recipient's preferences hold it back.</summary>
    [Id(16)] public Hold? Hold { get; init; }

    /// <summary>The conversation that it is part of, when it is.</summary>
    [Id(17)] public ConversationPost? Conversation { get; init; }
}

/// <summary>How a cancel ended.</summary>
public enum CancelOutcome
{
    /// <summary>It is cancelled; nothing more will be sent.</summary>
    Cancelled,

    /// <summary>Nobody knows this message.</summary>
    NotFound,

    /// <summary>It had already come to an end.</summary>
    AlreadyEnded,
}

/// <summary>The answer to a cancel.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="State">Where the message is now; null when it is not known.</param>
[GenerateSerializer, Immutable, Alias("dlq.CancelResult")]
public sealed record CancelResult([property: Id(0)] CancelOutcome Outcome, [property: Id(1)] MessageState? State);

/// <summary>Asks a message grain to deliver a dead letter once more. Sending the same generation again changes nothing.</summary>
/// <param name="Generation">1 for the first replay of this letter, 2 for the second and so on.</param>
/// <param name="Envelope">What to send, as the letter has it now.</param>
[GenerateSerializer, Immutable, Alias("dlq.ReplayMessage")]
public sealed record ReplayMessage([property: Id(0)] int Generation, [property: Id(1)] Envelope Envelope);

/// <summary>What a message knows of a replay.</summary>
public enum ReplayProgress
{
    /// <summary>This generation never reached the message.</summary>
    Unknown,

    /// <summary>It is being delivered, or waits to be.</summary>
    UnderWay,

    /// <summary>The downstream took it.</summary>
    Delivered,

    /// <summary>It came to another end: failed again, cancelled or expired.</summary>
    Failed,
}

/// <summary>
/// One message: it accepts, delivers, retries and ends it. Its key is the <see cref="MessageId"/>. It persists on accept, after each
/// failed attempt and at the end; an activation lost in between is found by the ledger.
/// </summary>
[Alias("dlq.IMessageGrain")]
public interface IMessageGrain : IGrainWithStringKey
{
    /// <summary>Accepts the message. When this returns Accepted or Duplicate the message is durable and in the ledger.</summary>
    /// <param name="message">The message.</param>
    /// <exception cref="DlqCluster.Storage.StorageUnavailableException">It could not be stored; nothing is promised, send it again.</exception>
    [Alias("Submit")]
    Task<SubmitResult> Submit(SubmitMessage message);

    /// <summary>What is known of the message; null when nothing is. Answers while an attempt is on its way.</summary>
    [Alias("Get"), Orleans.Concurrency.AlwaysInterleave]
    Task<MessageView?> Get();

    /// <summary>Why the message has not been sent, and when it will be; null when nothing is known of it.</summary>
    [Alias("Explain"), Orleans.Concurrency.AlwaysInterleave]
    Task<MessageExplanation?> Explain();

    /// <summary>Cancels the message unless it has ended. An attempt that is on its way is abandoned.</summary>
    [Alias("Cancel")]
    Task<CancelResult> Cancel();

    /// <summary>The ledger's poke: look whether there is something to do, and see to it. Returns once the message is on its way.</summary>
    [Alias("Wake")]
    Task Wake();

    /// <summary>Its ordering lane's call: of its key it is the first now. Returns once somebody would notice if it were lost.</summary>
    /// <param name="target">The downstream of the lane that calls.</param>
    [Alias("TakeTurn")]
    Task<TurnAnswer> TakeTurn(string target);

    /// <summary>Its recipient's preferences have changed: a notification that is held back asks anew.</summary>
    [Alias("PreferencesChanged")]
    Task PreferencesChanged();

    /// <summary>Takes a receipt of a message of a conversation. To give it again changes nothing.</summary>
    /// <param name="userId">One of its recipients.</param>
    /// <param name="state">How far it has come; less than is known changes nothing.</param>
    /// <exception cref="DlqCluster.Storage.StorageUnavailableException">It could not be stored, or it is not known whether it was.</exception>
    [Alias("GiveReceipt")]
    Task<ReceiptResult> GiveReceipt(string userId, ReceiptState state);

    /// <summary>The receipts of its recipients; none of a message that is not part of a conversation, null when nothing is known of it.</summary>
    [Alias("GetReceipts"), Orleans.Concurrency.AlwaysInterleave]
    Task<IReadOnlyList<Receipt>?> GetReceipts();

    /// <summary>Removes a stored payload of this message, unless the message still needs it.</summary>
    /// <param name="key">The payload's key.</param>
    /// <returns>Whether it was removed.</returns>
    [Alias("ReleasePayload")]
    Task<bool> ReleasePayload(string key);

    /// <summary>Delivers a dead letter once more, with a fresh budget of attempts.</summary>
    /// <param name="replay">Which replay, and what to send.</param>
    /// <returns>
    /// UnderWay: it is on its way, now or since before. Delivered: the message was delivered already and is not sent again. Failed: this
    /// replay has ended otherwise, or a later one is known, or the message has not been dead-lettered.
    /// </returns>
    [Alias("Replay")]
    Task<ReplayProgress> Replay(ReplayMessage replay);

    /// <summary>How a replay is doing. The dead-letter partition asks when it has heard nothing for too long.</summary>
    /// <param name="generation">Which replay.</param>
    [Alias("GetReplayProgress"), Orleans.Concurrency.AlwaysInterleave]
    Task<ReplayProgress> GetReplayProgress(int generation);
}
