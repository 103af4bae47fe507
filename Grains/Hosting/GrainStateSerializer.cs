using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using DlqCluster.Breakers;
using DlqCluster.Downstreams;
using DlqCluster.Messages;
using Orleans.Storage;

namespace DlqCluster.Hosting;

/// <summary>
/// Turns grain state into JSON and back, the same in every store. A payload is copied in as it is. Members may be added; one that is no
/// longer known is skipped, so that a version can be rolled back.
/// </summary>
public sealed class GrainStateSerializer : IGrainStorageSerializer
{
    /// <inheritdoc/>
    public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input, Info<T>()));

    /// <inheritdoc/>
    public T? Deserialize<T>(BinaryData input) => JsonSerializer.Deserialize(input.ToMemory().Span, Info<T>());

    private static JsonTypeInfo<T?> Info<T>() =>
        (JsonTypeInfo<T?>?)GrainStateJsonContext.Default.GetTypeInfo(typeof(T))
        ?? throw new NotSupportedException($"{typeof(T)} is not a grain state; name it in {nameof(GrainStateJsonContext)}.");
}

/// <summary>How grain state is written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(MessageRecord))]
[JsonSerializable(typeof(BreakerRecord))]
[JsonSerializable(typeof(CatalogRecord))]
internal sealed partial class GrainStateJsonContext : JsonSerializerContext;
