using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DlqCluster.Messages;

/// <summary>
/// A message's payload: one JSON value as the UTF-8 bytes that the client sent. It is stored, and delivered, byte for byte and is never
/// parsed into objects on the way.
/// </summary>
/// <param name="Utf8">The JSON text. Nobody may change the array once it is in here.</param>
[GenerateSerializer, Immutable, Alias("dlq.Payload")]
[JsonConverter(typeof(PayloadJsonConverter))]
public readonly record struct Payload([property: Id(0)] byte[] Utf8)
{
    /// <summary>
    /// How deep JSON may nest wherever a payload is read: deeper than ingest can be told to allow (1,000), by what we wrap around it.
    /// </summary>
    public const int MaxDepth = 1_100;

    /// <summary>Whether there is no payload, as in a receipt.</summary>
    public bool IsEmpty => Utf8 is null || Utf8.Length == 0;

    /// <summary>The payload's size in bytes.</summary>
    public int Length => Utf8?.Length ?? 0;

    /// <summary>Takes JSON text as a payload, without the white space around it.</summary>
    /// <param name="json">One JSON value.</param>
    /// <exception cref="JsonException">The text is not one JSON value.</exception>
    public static Payload Parse(string json)
    {
        json = json.Trim(' ', '\t', '\r', '\n');
        using (JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth })) return new Payload(Encoding.UTF8.GetBytes(json));
    }

    /// <summary>Equal when the bytes are equal.</summary>
    /// <param name="other">The other payload.</param>
    public bool Equals(Payload other) => Utf8.AsSpan().SequenceEqual(other.Utf8);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Utf8);
        return hash.ToHashCode();
    }

    /// <summary>The JSON text.</summary>
    public override string ToString() => Utf8 is null ? string.Empty : Encoding.UTF8.GetString(Utf8);
}

/// <summary>Copies a payload's bytes into and out of a surrounding JSON document without parsing them into objects.</summary>
public sealed class PayloadJsonConverter : JsonConverter<Payload>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override Payload Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return new Payload(JsonMarshal.GetRawUtf8Value(document.RootElement).ToArray());
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Payload value, JsonSerializerOptions options)
    {
        if (value.IsEmpty) writer.WriteNullValue();
        else writer.WriteRawValue(value.Utf8, skipInputValidation: true);
    }
}
