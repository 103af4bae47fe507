using DlqCluster.Cluster.Redis;
using DlqCluster.Storage;
using Orleans.Persistence.Redis;
using Orleans.Storage;

namespace DlqCluster.Cluster.GrainState;

/// <summary>Grain state in Redis, as Orleans keeps it there, with failures that their callers know what to make of.</summary>
/// <param name="inner">Orleans' storage.</param>
/// <param name="connection">Knows where Redis is.</param>
internal sealed class RedisGrainStates(IGrainStorage inner, RedisConnection connection) : IGrainStorage
{
    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        DoAsync(inner.ReadStateAsync(stateName, grainId, grainState));

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        DoAsync(inner.WriteStateAsync(stateName, grainId, grainState));

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        DoAsync(inner.ClearStateAsync(stateName, grainId, grainState));

    private async Task DoAsync(Task operation)
    {
        try
        {
            await operation.ConfigureAwait(false);
        }
        catch (RedisStorageException error)
        {
            throw new StorageUnavailableException(
                $"Redis at {connection.Endpoints} did not keep or give a grain's state. {error.Message} Nothing that was acknowledged is lost; "
                + "work goes on by itself as soon as it answers.",
                error);
        }
    }
}
