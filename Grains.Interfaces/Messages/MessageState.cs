using System.Text.Json.Serialization;

namespace DlqCluster.Messages;

/// <summary>Where a message is in its life. The last five are ends: a message reaches exactly one of them.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MessageState>))]
public enum MessageState
{
    /// <summary>Accepted, and waiting for its <c>deliverAt</c>.</summary>
    [JsonStringEnumMemberName("scheduled")] Scheduled,

    /// <summary>Accepted, and waiting to be sent for the first time.</summary>
    [JsonStringEnumMemberName("pending")] Pending,

    /// <summary>An attempt is on its way to the downstream.</summary>
    [JsonStringEnumMemberName("processing")] Processing,

    /// <summary>An attempt failed, and the next one waits for its backoff.</summary>
    [JsonStringEnumMemberName("retrying")] Retrying,

    /// <summary>Ready, but the downstream's circuit breaker is open or its delivery is paused. Parking burns no attempt.</summary>
    [JsonStringEnumMemberName("parked")] Parked,

    /// <summary>End: the downstream took it.</summary>
    [JsonStringEnumMemberName("delivered")] Delivered,

    /// <summary>End: it could not be delivered, and the dead-letter queue has it.</summary>
    [JsonStringEnumMemberName("deadLettered")] DeadLettered,

    /// <summary>End: somebody cancelled it.</summary>
    [JsonStringEnumMemberName("cancelled")] Cancelled,

    /// <summary>End: its <c>expiresAt</c> passed before it was delivered.</summary>
    [JsonStringEnumMemberName("expired")] Expired,

    /// <summary>End: the recipient's preferences forbid it.</summary>
    [JsonStringEnumMemberName("suppressed")] Suppressed,
}

/// <summary>What goes first when messages wait for the same downstream. A lower priority waits longer, never for ever.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MessagePriority>))]
public enum MessagePriority
{
    /// <summary>The default.</summary>
    [JsonStringEnumMemberName("normal")] Normal,

    /// <summary>After everything else that arrived at about the same time.</summary>
    [JsonStringEnumMemberName("low")] Low,

    /// <summary>Before normal.</summary>
    [JsonStringEnumMemberName("high")] High,

    /// <summary>Before everything.</summary>
    [JsonStringEnumMemberName("critical")] Critical,
}

/// <summary>Why an attempt failed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ErrorType>))]
public enum ErrorType
{
    /// <summary>Nobody knows. Transient.</summary>
    [JsonStringEnumMemberName("UNKNOWN_ERROR")] Unknown,

    /// <summary>No answer in time, or HTTP 408. Transient.</summary>
    [JsonStringEnumMemberName("TIMEOUT_ERROR")] Timeout,

    /// <summary>No connection: name resolution, refused, reset, TLS. Transient.</summary>
    [JsonStringEnumMemberName("NETWORK_ERROR")] Network,

    /// <summary>HTTP 429 or 425: too soon. Transient.</summary>
    [JsonStringEnumMemberName("RATE_LIMITED")] RateLimited,

    /// <summary>HTTP 5xx. Transient.</summary>
    [JsonStringEnumMemberName("SERVER_ERROR")] Server,

    /// <summary>The downstream refused it, and would again: any other HTTP status. Permanent.</summary>
    [JsonStringEnumMemberName("CLIENT_ERROR")] Client,

    /// <summary>HTTP 400 or 422: the downstream finds the message itself wrong. Permanent.</summary>
    [JsonStringEnumMemberName("VALIDATION_ERROR")] Validation,
}

/// <summary>How an attempt ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AttemptOutcome>))]
public enum AttemptOutcome
{
    /// <summary>The downstream took the message.</summary>
    [JsonStringEnumMemberName("delivered")] Delivered,

    /// <summary>It failed, and trying again may help.</summary>
    [JsonStringEnumMemberName("transientFailure")] TransientFailure,

    /// <summary>It failed, and trying again would not help.</summary>
    [JsonStringEnumMemberName("permanentFailure")] PermanentFailure,
}

/// <summary>What follows from a state or an error type.</summary>
public static class MessageStates
{
    /// <summary>Whether the state is an end.</summary>
    /// <param name="state">The state.</param>
    public static bool IsTerminal(this MessageState state) => state >= MessageState.Delivered;

    /// <summary>Whether trying again would not help.</summary>
    /// <param name="type">The error type.</param>
    public static bool IsPermanent(this ErrorType type) => type is ErrorType.Client or ErrorType.Validation;
}
