using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using DlqCluster.Api.Ingest;

namespace DlqCluster.Api.Json;

/// <summary>Writes times as RFC 3339 in UTC with milliseconds.</summary>
internal sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
{
    /// <summary>How.</summary>
    public const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    private const int Length = 24;

    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonFields.ReadTime(ref reader, out var error) ?? throw new JsonException("The value " + (error ?? "must not be null") + ".");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<byte> text = stackalloc byte[Length];
        value.UtcDateTime.TryFormat(text, out var written, Format, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..written]);
    }
}
