using System.Diagnostics.CodeAnalysis;
using DlqCluster.Api.Problems;
using DlqCluster.Conversations;
using DlqCluster.Downstreams;
using DlqCluster.Messages;
using DlqCluster.Recipients;

namespace DlqCluster.Api.Ingest;

/// <summary>A message as the client sent it, and what was found wrong with it.</summary>
internal sealed class MessageDraft
{
    private FieldErrors? _errors;

    /// <summary>The payload's bytes; null when there was none.</summary>
    public byte[]? Payload { get; set; }

    /// <summary>The downstream.</summary>
    public string Target { get; set; } = "default";

    /// <summary>The client's own id.</summary>
    public string? ClientMessageId { get; set; }

    /// <summary>What ties it to other messages.</summary>
    public string? CorrelationId { get; set; }

    /// <summary>Who sent it.</summary>
    public string? Source { get; set; }

    /// <summary>What goes first.</summary>
    public MessagePriority Priority { get; set; }

    /// <summary>Its labels, as far as there may be labels.</summary>
    public List<string>? Tags { get; set; }

    /// <summary>What relates it to other messages.</summary>
    public string? OrderingKey { get; set; }

    /// <summary>Not before this.</summary>
    public DateTimeOffset? DeliverAt { get; set; }

    /// <summary>Not before this many milliseconds from now.</summary>
    public long? DelayMs { get; set; }

    /// <summary>Not from this on.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>Its own retry policy.</summary>
    public RetryOverrides? Retry { get; set; }

    /// <summary>Whom it notifies, when it is a notification.</summary>
    public Notice? Notice { get; set; }

    /// <summary>The conversation that it is part of, when it is.</summary>
    public ConversationPost? Conversation { get; set; }

    /// <summary>Within what its key is unique; null for its source.</summary>
    public string? KeyScope { get; set; }

    /// <summary>What is wrong with it.</summary>
    public FieldErrors Errors => _errors ??= new FieldErrors();

    /// <summary>Whether something is wrong.</summary>
    public bool HasErrors => _errors is { IsEmpty: false };

    /// <summary>Why it is refused as a whole, when that is not about its fields.</summary>
    public ApiProblem? Refusal { get; set; }

    /// <summary>Whether a time in it has passed. A repeat of a message that was accepted in time is still a repeat.</summary>
    public bool IsLate { get; set; }

    /// <summary>Whether it has a payload.</summary>
    [MemberNotNullWhen(true, nameof(Payload))]
    public bool HasPayload => Payload is not null;
}
