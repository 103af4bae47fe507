using System.Text.Encodings.Web;
using System.Text.Json;
using DlqCluster.Api.Json;
using DlqCluster.Messages;

namespace DlqCluster.Api.Ingest;

/// <summary>What is delivered of a message that we wrap: who and where, and the client's own JSON as it came.</summary>
internal static class WrappedBody
{
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What a conversation's downstream gets.</summary>
    /// <param name="conversationId">The conversation.</param>
    /// <param name="message">The message, valid.</param>
    /// <param name="contentType">What kind of content it has.</param>
    public static byte[] Of(string conversationId, ConversationMessageRequest message, string contentType) => Write(writer =>
    {
        writer.WriteString("conversationId"u8, conversationId);
        writer.WriteString("senderId"u8, message.SenderId);
        writer.WriteStartArray("recipientIds"u8);
        foreach (var recipient in message.RecipientIds!) writer.WriteStringValue(recipient);
        writer.WriteEndArray();
        writer.WriteString("contentType"u8, contentType);
        WriteRaw(writer, "content"u8, message.Content!.Value);
    });

    /// <summary>What a channel's downstream gets.</summary>
    /// <param name="notification">The notification, valid.</param>
    public static byte[] Of(NotificationRequest notification) => Write(writer =>
    {
        writer.WriteString("recipientId"u8, notification.RecipientId);
        writer.WriteString("channel"u8, notification.Channel);
        WriteRaw(writer, "payload"u8, notification.Payload!.Value);
    });

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, _options))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteRaw(Utf8JsonWriter writer, ReadOnlySpan<byte> name, Payload value)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(value.Utf8, skipInputValidation: true);
    }
}
