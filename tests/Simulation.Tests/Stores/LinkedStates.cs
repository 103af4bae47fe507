using Orleans.Storage;

namespace DlqCluster.Simulation.Stores;

/// <summary>Grain state over a silo's connection.</summary>
/// <param name="world">The world, which has the states.</param>
/// <param name="link">The connection.</param>
internal sealed class LinkedStates(World world, StoreLink link) : IGrainStorage
{
    /// <summary>The names of the operations. Their arguments are the grain and, of a write, the state.</summary>
    public const string Read = "state.Read";

    /// <inheritdoc cref="Read"/>
    public const string Write = "state.Write";

    /// <inheritdoc cref="Read"/>
    public const string Clear = "state.Clear";

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var found = await link.DoAsync(new StoreCall(link.Silo, Read, [grainId]), () =>
        {
            var copy = new GrainState<T>();
            Do(world.States.ReadStateAsync(stateName, grainId, copy));
            return copy;
        });
        (grainState.State, grainState.ETag, grainState.RecordExists) = (found.State, found.ETag, found.RecordExists);
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        // What is written is what it was when the write was asked for.
        var call = new StoreCall(link.Silo, Write, [grainId, grainState.State]);
        var etag = grainState.ETag;
        grainState.ETag = await link.DoAsync(call, () =>
        {
            var copy = new GrainState<T>((T?)call.Arguments[1], ExpectedETag<T>(stateName, grainId, etag));
            Do(world.States.WriteStateAsync(stateName, grainId, copy));
            return copy.ETag;
        });
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var etag = grainState.ETag;
        await link.DoAsync(new StoreCall(link.Silo, Clear, [grainId]), () =>
        {
            Do(world.States.ClearStateAsync(stateName, grainId, new GrainState<T>(default, etag)));
            return true;
        });
        grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private string? ExpectedETag<T>(string stateName, GrainId grainId, string? etag)
    {
        var stored = new GrainState<T>();
        Do(world.States.ReadStateAsync(stateName, grainId, stored));
        return world.Bug.OnETag(etag, stored.ETag);
    }

    private static void Do(Task operation) => operation.GetAwaiter().GetResult();
}
