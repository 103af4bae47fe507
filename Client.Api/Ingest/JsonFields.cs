using System.Text;
using System.Text.Json;

namespace DlqCluster.Api.Ingest;

/// <summary>Reads single values, telling what is wrong instead of throwing. Each leaves the reader at the value's last token.</summary>
internal static class JsonFields
{
    private const int DateLength = 10;
    private const int ShortestTime = 20;

    /// <summary>Reads the name of a member, for people.</summary>
    /// <param name="reader">At the name.</param>
    public static string ReadName(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return "?";
        }
    }

    /// <summary>Reads text or null.</summary>
    /// <param name="reader">At the value.</param>
    /// <param name="error">What is wrong.</param>
    public static string? ReadText(ref Utf8JsonReader reader, out string? error)
    {
        error = null;
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            error = "must be a string";
            return null;
        }

        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            // An escape such as \ud800 without its other half.
            error = "is not valid Unicode";
            return null;
        }
    }

    /// <summary>Reads a whole number or null.</summary>
    /// <param name="reader">At the value.</param>
    /// <param name="error">What is wrong.</param>
    public static long? ReadWhole(ref Utf8JsonReader reader, out string? error)
    {
        error = null;
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value)) return value;
        reader.Skip();
        error = "must be a whole number";
        return null;
    }

    /// <summary>Reads an RFC 3339 time or null, as UTC.</summary>
    /// <param name="reader">At the value.</param>
    /// <param name="error">What is wrong.</param>
    public static DateTimeOffset? ReadTime(ref Utf8JsonReader reader, out string? error)
    {
        error = null;
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped && HasOffset(reader.ValueSpan) && reader.TryGetDateTimeOffset(out var value))
            return value.ToUniversalTime();
        reader.Skip();
        error = "must be an RFC 3339 time such as 2026-01-31T12:00:00Z";
        return null;
    }

    /// <summary>Reads an RFC 3339 time, as UTC.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The time.</param>
    public static bool TryParseTime(string text, out DateTimeOffset value)
    {
        Span<byte> json = stackalloc byte[48];
        value = default;
        if (text.Length > json.Length - 2 || !Ascii.IsValid(text)) return false;
        json[0] = (byte)'"';
        var length = Encoding.ASCII.GetBytes(text, json[1..]) + 2;
        json[length - 1] = (byte)'"';
        var reader = new Utf8JsonReader(json[..length]);
        try
        {
            if (!reader.Read() || ReadTime(ref reader, out _) is not { } time) return false;
            value = time;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // Without an offset a time would be taken as this machine's local time.
    private static bool HasOffset(ReadOnlySpan<byte> text) =>
        text.Length >= ShortestTime && text[DateLength] == 'T' && (text[^1] == 'Z' || (text[^6] is (byte)'+' or (byte)'-' && text[^3] == ':'));
}
