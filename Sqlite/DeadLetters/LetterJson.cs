using System.Text.Json;
using System.Text.Json.Serialization;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Sqlite.DeadLetters;

/// <summary>How letters are stored: camelCase, without what has its default value.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    Converters = [typeof(OptionalPayloadConverter)])]
[JsonSerializable(typeof(Letter))]
internal sealed partial class LetterJson : JsonSerializerContext;

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
