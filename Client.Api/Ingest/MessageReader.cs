using System.Text.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Downstreams;
using DlqCluster.Messages;

namespace DlqCluster.Api.Ingest;

/// <summary>
/// Reads a message from JSON in one pass, without reflection, and keeps its payload as the bytes that were sent. Wrong, unknown and
/// repeated members are noted in the draft; only what is no JSON at all throws <see cref="JsonException"/>.
/// </summary>
internal static class MessageReader
{
    private const string NotAnObject = "must be an object";

    private enum Field
    {
        Unknown,
        Payload,
        Target,
        ClientMessageId,
        CorrelationId,
        Source,
        Priority,
        Tags,
        OrderingKey,
        DeliverAt,
        DelayMs,
        ExpiresAt,
        Retry,
        MaxRetries,
        BaseBackoffMs,
        MaxBackoffMs,
        JitterPercent,
    }

    /// <summary>Reads one message.</summary>
    /// <param name="reader">At the message's first token; afterwards at its last.</param>
    /// <param name="json">All of what the reader reads.</param>
    /// <param name="maxTags">How many labels to keep.</param>
    public static MessageDraft Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, int maxTags)
    {
        var draft = new MessageDraft();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            draft.Refusal = Problem.Malformed("A message is a JSON object.");
            return draft;
        }

        var seen = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var field = Identify(ref reader);
            var name = field == Field.Unknown || (seen & (1 << (int)field)) != 0 ? JsonFields.ReadName(ref reader) : null;
            reader.Read();
            if (name is null)
            {
                seen |= 1 << (int)field;
                ReadField(ref reader, json, draft, field, maxTags);
                continue;
            }

            reader.Skip();
            draft.Errors.Add(name, field == Field.Unknown ? "is not a field of a message" : "is given twice");
        }

        if (!draft.HasPayload) draft.Errors.Add("payload", "is required");
        return draft;
    }

    private static Field Identify(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("payload"u8)) return Field.Payload;
        if (reader.ValueTextEquals("target"u8)) return Field.Target;
        if (reader.ValueTextEquals("clientMessageId"u8)) return Field.ClientMessageId;
        if (reader.ValueTextEquals("correlationId"u8)) return Field.CorrelationId;
        if (reader.ValueTextEquals("source"u8)) return Field.Source;
        if (reader.ValueTextEquals("priority"u8)) return Field.Priority;
        if (reader.ValueTextEquals("tags"u8)) return Field.Tags;
        if (reader.ValueTextEquals("orderingKey"u8)) return Field.OrderingKey;
        if (reader.ValueTextEquals("deliverAt"u8)) return Field.DeliverAt;
        if (reader.ValueTextEquals("delayMs"u8)) return Field.DelayMs;
        if (reader.ValueTextEquals("expiresAt"u8)) return Field.ExpiresAt;
        return reader.ValueTextEquals("retry"u8) ? Field.Retry : Field.Unknown;
    }

    private static void ReadField(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, MessageDraft draft, Field field, int maxTags)
    {
        string? error = null;
        switch (field)
        {
            case Field.Payload: draft.Payload = CopyValue(ref reader, json); break;
            case Field.Target: draft.Target = JsonFields.ReadText(ref reader, out error) ?? draft.Target; break;
            case Field.ClientMessageId: draft.ClientMessageId = JsonFields.ReadText(ref reader, out error); break;
            case Field.CorrelationId: draft.CorrelationId = JsonFields.ReadText(ref reader, out error); break;
            case Field.Source: draft.Source = JsonFields.ReadText(ref reader, out error); break;
            case Field.Priority: draft.Priority = ReadPriority(ref reader, out error); break;
            case Field.Tags: draft.Tags = ReadTags(ref reader, draft, maxTags); break;
            case Field.OrderingKey: draft.OrderingKey = JsonFields.ReadText(ref reader, out error); break;
            case Field.DeliverAt: draft.DeliverAt = JsonFields.ReadTime(ref reader, out error); break;
            case Field.DelayMs: draft.DelayMs = JsonFields.ReadWhole(ref reader, out error); break;
            case Field.ExpiresAt: draft.ExpiresAt = JsonFields.ReadTime(ref reader, out error); break;
            default: draft.Retry = ReadRetry(ref reader, draft); break;
        }

        if (error is not null) draft.Errors.Add(JsonNamingPolicy.CamelCase.ConvertName(field.ToString()), error);
    }

    private static byte[] CopyValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed].ToArray();
    }

    private static MessagePriority ReadPriority(ref Utf8JsonReader reader, out string? error)
    {
        error = null;
        if (reader.TokenType == JsonTokenType.Null) return MessagePriority.Normal;
        if (reader.TokenType == JsonTokenType.String)
        {
            if (reader.ValueTextEquals("normal"u8)) return MessagePriority.Normal;
            if (reader.ValueTextEquals("low"u8)) return MessagePriority.Low;
            if (reader.ValueTextEquals("high"u8)) return MessagePriority.High;
            if (reader.ValueTextEquals("critical"u8)) return MessagePriority.Critical;
        }

        reader.Skip();
        error = "must be low, normal, high or critical";
        return MessagePriority.Normal;
    }

    private static List<string>? ReadTags(ref Utf8JsonReader reader, MessageDraft draft, int maxTags)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            draft.Errors.Add("tags", "must be an array of strings");
            return null;
        }

        var tags = new List<string>();
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var tag = JsonFields.ReadText(ref reader, out var error);
            if (tag is null) draft.Errors.Add($"tags[{count}]", error ?? "must be a string");
            // A wrong one keeps its place, so that later errors name the right ones.
            if (count < maxTags) tags.Add(tag ?? "?");
            count++;
        }

        if (count > maxTags) draft.Errors.Add("tags", $"has {count} labels; at most {maxTags} are allowed (Ingest:MaxTags)");
        return tags;
    }

    private static RetryOverrides? ReadRetry(ref Utf8JsonReader reader, MessageDraft draft)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            draft.Errors.Add("retry", NotAnObject);
            return null;
        }

        var retry = new RetryOverrides();
        var seen = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var field = IdentifyRetry(ref reader);
            var name = "retry." + JsonFields.ReadName(ref reader);
            reader.Read();
            if (field == Field.Unknown || (seen & (1 << (int)field)) != 0)
            {
                reader.Skip();
                draft.Errors.Add(name, field == Field.Unknown ? "is not a field of a retry policy" : "is given twice");
                continue;
            }

            seen |= 1 << (int)field;
            retry = With(retry, field, ReadInt(ref reader, draft, name));
        }

        return retry;
    }

    private static Field IdentifyRetry(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("maxRetries"u8)) return Field.MaxRetries;
        if (reader.ValueTextEquals("baseBackoffMs"u8)) return Field.BaseBackoffMs;
        if (reader.ValueTextEquals("maxBackoffMs"u8)) return Field.MaxBackoffMs;
        return reader.ValueTextEquals("jitterPercent"u8) ? Field.JitterPercent : Field.Unknown;
    }

    private static RetryOverrides With(RetryOverrides retry, Field field, int? value) => field switch
    {
        Field.MaxRetries => retry with { MaxRetries = value },
        Field.BaseBackoffMs => retry with { BaseBackoffMs = value },
        Field.MaxBackoffMs => retry with { MaxBackoffMs = value },
        _ => retry with { JitterPercent = value },
    };

    private static int? ReadInt(ref Utf8JsonReader reader, MessageDraft draft, string name)
    {
        var value = JsonFields.ReadWhole(ref reader, out var error);
        if (error is not null) draft.Errors.Add(name, error);
        return value is null ? null : (int)Math.Clamp(value.Value, int.MinValue, int.MaxValue);
    }
}
