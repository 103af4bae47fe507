using System.Text.Json;
using Orleans.Storage;

namespace DlqCluster.Testing;

/// <summary>Makes JSON of grain states, by reflection, for tests of stores that do not care what a state is made of.</summary>
public sealed class JsonStorageSerializer : IGrainStorageSerializer
{
    /// <inheritdoc/>
    public T? Deserialize<T>(BinaryData input) => JsonSerializer.Deserialize<T>(input.ToMemory().Span);

    /// <inheritdoc/>
    public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input));
}
