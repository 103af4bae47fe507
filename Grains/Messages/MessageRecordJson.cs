using System.Text.Json.Serialization;

namespace DlqCluster.Messages;

/// <summary>
/// Writes message records with generated code, which is on the way of every message, twice. It writes what reflection writes. Reading is not generated:
/// that would give a missing member null or zero and not its initial value.
/// </summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = Messages.Payload.MaxDepth)]
[JsonSerializable(typeof(MessageRecord))]
internal sealed partial class MessageRecordJson : JsonSerializerContext;
