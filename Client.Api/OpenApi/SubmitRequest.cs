using DlqCluster.Downstreams;
using DlqCluster.Messages;

namespace DlqCluster.Api.OpenApi;

/// <summary>A message to submit, for the API document: it is read without making one of these.</summary>
/// <param name="Payload">What is delivered, byte for byte: any JSON value.</param>
/// <param name="Target">Name of a downstream; <c>default</c> when absent.</param>
/// <param name="ClientMessageId">Your id for it, unique within <c>source</c>; the <c>Idempotency-Key</c> header wins over it.</param>
/// <param name="CorrelationId">What ties it to other messages; so does the header <c>X-Correlation-Id</c>.</param>
/// <param name="Source">Who sends it.</param>
/// <param name="Priority">What goes first.</param>
/// <param name="Tags">Labels to find it by.</param>
/// <param name="OrderingKey">Messages of one key are related.</param>
/// <param name="DeliverAt">Not to be delivered before this, at most <c>Ingest:MaxDelay</c> ahead.</param>
/// <param name="DelayMs">The same as a delay in milliseconds; only one of the two may be given.</param>
/// <param name="ExpiresAt">Not to be delivered from this on.</param>
/// <param name="Retry">Its own wishes on retries.</param>
internal sealed record SubmitRequest(
    Payload Payload,
    string? Target = null,
    string? ClientMessageId = null,
    string? CorrelationId = null,
    string? Source = null,
    MessagePriority? Priority = null,
    IReadOnlyList<string>? Tags = null,
    string? OrderingKey = null,
    DateTimeOffset? DeliverAt = null,
    long? DelayMs = null,
    DateTimeOffset? ExpiresAt = null,
    RetryOverrides? Retry = null);

/// <summary>Messages to submit, for the API document.</summary>
/// <param name="Messages">They; at most <c>Ingest:MaxBatchMessages</c>.</param>
internal sealed record BatchRequest(IReadOnlyList<SubmitRequest> Messages);
