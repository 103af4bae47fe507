using System.Text.Json.Serialization;
using DlqCluster.Conversations;
using DlqCluster.Messages;
using DlqCluster.Recipients;

namespace DlqCluster.Api.Json;

/// <summary>Says something in a conversation.</summary>
/// <param name="SenderId">Who says it.</param>
/// <param name="Content">What: any JSON value.</param>
/// <param name="ContentType">What kind of content that is; <c>text/plain</c> when absent.</param>
/// <param name="ClientMessageId">Your id for it, unique among what its sender says; the <c>Idempotency-Key</c> header wins over it.</param>
/// <param name="RecipientIds">Who is to read it, at most <c>Conversations:MaxRecipients</c>; each has a receipt.</param>
internal sealed record ConversationMessageRequest(
    string? SenderId = null,
    [property: JsonConverter(typeof(GivenPayloadConverter))] Payload? Content = null,
    string? ContentType = null,
    string? ClientMessageId = null,
    IReadOnlyList<string>? RecipientIds = null);

/// <summary>Gives a receipt of a message.</summary>
/// <param name="UserId">One of its recipients.</param>
/// <param name="State">How far it has come: <c>delivered</c> or <c>read</c>.</param>
internal sealed record ReceiptRequest(string? UserId = null, ReceiptState? State = null);

/// <summary>The receipts of a message.</summary>
/// <param name="Data">One for each recipient.</param>
internal sealed record ReceiptListAnswer(IReadOnlyList<Receipt> Data);

/// <summary>Notifies somebody.</summary>
/// <param name="RecipientId">Whom.</param>
/// <param name="Channel">By which channel, such as <c>email</c>: 1 to 64 letters, digits, dashes, dots and underscores.</param>
/// <param name="Payload">What: any JSON value.</param>
/// <param name="Priority">What goes first; <c>critical</c> passes quiet hours and mutes.</param>
/// <param name="DeliverAt">Not before this, at most <c>Ingest:MaxDelay</c> ahead.</param>
/// <param name="ExpiresAt">Not from this on: of no use any more if it is held back until then.</param>
/// <param name="ClientMessageId">Your id for it, unique for its recipient; the <c>Idempotency-Key</c> header wins over it.</param>
/// <param name="CorrelationId">What ties it to other messages.</param>
internal sealed record NotificationRequest(
    string? RecipientId = null,
    string? Channel = null,
    [property: JsonConverter(typeof(GivenPayloadConverter))] Payload? Payload = null,
    MessagePriority? Priority = null,
    DateTimeOffset? DeliverAt = null,
    DateTimeOffset? ExpiresAt = null,
    string? ClientMessageId = null,
    string? CorrelationId = null);

/// <summary>When, and by which channels, somebody wants to be notified; what is absent gets its default.</summary>
/// <param name="TimeZone">The IANA time zone of the quiet hours; <c>UTC</c> when absent.</param>
/// <param name="QuietHours">When to hold notifications back, at most <c>Notifications:MaxQuietWindows</c> windows.</param>
/// <param name="Channels">Channels that are on or off, at most <c>Notifications:MaxChannels</c>; one that is not named is on.</param>
/// <param name="MutedUntil">Hold everything back until then.</param>
internal sealed record RecipientPreferencesRequest(
    string? TimeZone = null,
    IReadOnlyList<QuietWindowRequest>? QuietHours = null,
    IReadOnlyDictionary<string, bool>? Channels = null,
    DateTimeOffset? MutedUntil = null)
{
    /// <summary>The preferences that it asks for.</summary>
    public RecipientPreferences ToPreferences() => new()
    {
        TimeZone = TimeZone ?? "UTC",
        QuietHours = [.. (QuietHours ?? []).Select(static window => new QuietWindow { Days = window?.Days ?? [], From = window?.From ?? "", To = window?.To ?? "" })],
        Channels = Channels ?? new Dictionary<string, bool>(),
        MutedUntil = MutedUntil,
    };
}

/// <summary>A part of the day in which somebody wants to be left alone.</summary>
/// <param name="Days">The days on which it begins; every day when absent.</param>
/// <param name="From">When it begins, local time, <c>HH:mm</c>.</param>
/// <param name="To">When it ends, local time, <c>HH:mm</c> or 24:00; earlier than its begin means: on the next day.</param>
internal sealed record QuietWindowRequest(IReadOnlyList<QuietDay>? Days = null, string? From = null, string? To = null);
