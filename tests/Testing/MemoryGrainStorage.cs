using System.Globalization;
using Orleans.Storage;

namespace DlqCluster.Testing;

/// <summary>Grain state in memory, with etags. Operations: <c>state.read</c>, <c>state.write</c>, <c>state.clear</c>.</summary>
/// <param name="serializer">Copies states on the way in and out, so that nothing is shared by reference; null shares them.</param>
public sealed class MemoryGrainStorage(IGrainStorageSerializer? serializer = null) : MemoryStore, IGrainStorage
{
    private readonly Dictionary<(GrainId Grain, string Name), (long Version, object? Data)> _states = [];
    private long _lastVersion;

    /// <summary>How many states there are.</summary>
    public int Count => _states.Count;

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var (version, data) = await Do("state.read", () => _states.GetValueOrDefault((grainId, stateName)));
        if (version == 0)
        {
            Forget(grainState);
            return;
        }

        grainState.State = Unpack<T>(data);
        grainState.ETag = Text(version);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var data = Pack(grainState.State);
        var expected = grainState.ETag;
        var version = await Do("state.write", () =>
        {
            Verify((grainId, stateName), expected);
            _states[(grainId, stateName)] = (++_lastVersion, data);
            return _lastVersion;
        });
        grainState.ETag = Text(version);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var expected = grainState.ETag;
        await Do("state.clear", () =>
        {
            Verify((grainId, stateName), expected);
            return _states.Remove((grainId, stateName));
        });
        Forget(grainState);
    }

    private static void Forget<T>(IGrainState<T> grainState)
    {
        grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);

    private void Verify((GrainId Grain, string Name) key, string? expected)
    {
        var stored = _states.TryGetValue(key, out var found) ? Text(found.Version) : null;
        if (stored == expected) return;
        throw new InconsistentStateException(
            $"State '{key.Name}' of {key.Grain} has etag {stored ?? "none"}, expected was {expected ?? "none"}.", stored, expected);
    }

    private object? Pack<T>(T? state) => serializer is null ? state : serializer.Serialize(state).ToArray();

    private T? Unpack<T>(object? data) => serializer is null ? (T?)data : serializer.Deserialize<T>(new BinaryData((byte[])data!));
}
