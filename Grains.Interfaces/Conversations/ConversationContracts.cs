using System.Text.Json.Serialization;

namespace DlqCluster.Conversations;

/// <summary>What makes a message part of a conversation.</summary>
/// <param name="ConversationId">The conversation.</param>
/// <param name="SenderId">Who says it.</param>
/// <param name="RecipientIds">Who is to read it; each has a receipt of it.</param>
[GenerateSerializer, Immutable, Alias("dlq.ConversationPost")]
public sealed record ConversationPost(
    [property: Id(0)] string ConversationId, [property: Id(1)] string SenderId, [property: Id(2)] IReadOnlyList<string> RecipientIds);

/// <summary>How far a message has come with one of its recipients. It never moves backwards.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReceiptState>))]
public enum ReceiptState
{
    /// <summary>Nothing has been heard of it.</summary>
    [JsonStringEnumMemberName("pending")] Pending,

    /// <summary>The recipient's device has it.</summary>
    [JsonStringEnumMemberName("delivered")] Delivered,

    /// <summary>The recipient has read it.</summary>
    [JsonStringEnumMemberName("read")] Read,
}

/// <summary>One recipient's receipt of a message.</summary>
[GenerateSerializer, Immutable, Alias("dlq.Receipt")]
public sealed record Receipt
{
    /// <summary>The recipient.</summary>
    [Id(0)] public string UserId { get; init; } = "";

    /// <summary>How far it has come.</summary>
    [Id(1)] public ReceiptState State { get; init; }

    /// <summary>When it was delivered; what is read without having been delivered before is delivered at that moment.</summary>
    [Id(2)] public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>When it was read.</summary>
    [Id(3)] public DateTimeOffset? ReadAt { get; init; }
}

/// <summary>How giving a receipt ended.</summary>
public enum ReceiptOutcome
{
    /// <summary>It is recorded.</summary>
    Recorded,

    /// <summary>It was known, or more was: nothing has changed.</summary>
    AlreadyThere,

    /// <summary>Nobody knows this message.</summary>
    NoMessage,

    /// <summary>The user is none of the message's recipients.</summary>
    NoRecipient,
}

/// <summary>The answer to a receipt.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Receipt">The receipt as it is now; null when there is none.</param>
[GenerateSerializer, Immutable, Alias("dlq.ReceiptResult")]
public sealed record ReceiptResult([property: Id(0)] ReceiptOutcome Outcome, [property: Id(1)] Receipt? Receipt);
