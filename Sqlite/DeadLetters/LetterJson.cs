using System.Text.Json;
using System.Text.Json.Serialization;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Sqlite.DeadLetters;

/// <summary>
/// How letters are stored: camelCase, without what is null. Not source-generated, since generated code gives a member that is missing, as in
/// a letter of an earlier version, null or zero and not its initial value.
/// </summary>
internal static class LetterJson
{
    private static readonly JsonSerializerOptions _options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        MaxDepth = Payload.MaxDepth,
        Converters = { new OptionalPayloadConverter() },
    };

    /// <summary>A letter as stored.</summary>
    public static byte[] Write(Letter letter) => JsonSerializer.SerializeToUtf8Bytes(letter, _options);

    /// <summary>A stored letter.</summary>
    public static Letter Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<Letter>(json, _options) ?? throw new JsonException("A stored letter is null.");
}

/// <summary>Keeps a replay's payload that is the JSON value null apart from no payload, which is left out.</summary>
internal sealed class OptionalPayloadConverter : JsonConverter<Payload?>
{
    private static readonly PayloadJsonConverter _inner = new();

    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override Payload? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        _inner.Read(ref reader, typeof(Payload), options);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Payload? value, JsonSerializerOptions options) =>
        _inner.Write(writer, value.GetValueOrDefault(), options);
}
