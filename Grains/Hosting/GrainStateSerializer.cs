using System.Text.Json;
using System.Text.Json.Serialization;
using DlqCluster.Messages;
using Orleans.Storage;

namespace DlqCluster.Hosting;

/// <summary>
/// Turns grain state into JSON and back, the same in every store. A payload is copied in as it is. Members may be added: one that is missing
/// keeps its initial value, and one that is no longer known is skipped, so that versions can be rolled forward and back.
/// </summary>
public sealed class GrainStateSerializer : IGrainStorageSerializer
{
    /// <summary>
    /// Not source-generated: generated code gives a missing member null or zero and not its initial value. Zeros are written, since they may
    /// differ from the initial value; nulls do not, and are left out.
    /// </summary>
    private static readonly JsonSerializerOptions _options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        MaxDepth = Payload.MaxDepth,
    };

    /// <inheritdoc/>
    public BinaryData Serialize<T>(T? input) => new(input is MessageRecord message
        ? JsonSerializer.SerializeToUtf8Bytes(message, MessageRecordJson.Default.MessageRecord)
        : JsonSerializer.SerializeToUtf8Bytes(input, _options));

    /// <inheritdoc/>
    public T? Deserialize<T>(BinaryData input) => JsonSerializer.Deserialize<T>(input.ToMemory().Span, _options);
}
