using System.Globalization;
using DlqCluster.Storage;
using StackExchange.Redis;

namespace DlqCluster.Cluster.Redis;

/// <summary>
/// Whether Redis can do its work: writes a key that goes away by itself to each primary, and looks at how each keeps its data.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="clock">The clock; null for the system's.</param>
public sealed class RedisHealth(RedisConnection connection, TimeProvider? clock = null) : IStoreHealth
{
    private static readonly TimeSpan _keyLife = TimeSpan.FromMinutes(1);

    // Far more than finds a key in the slots of each of a hundred primaries.
    private const int MaxKeysTried = 10_000;

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private volatile string? _durability;

    /// <inheritdoc/>
    public string Name => "redis";

    /// <inheritdoc/>
    /// <remarks>As each primary said at the last check; null before the first.</remarks>
    public string? Durability => _durability;

    /// <inheritdoc/>
    public async Task<string?> CheckAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await connection.DoAsync(this, static (multiplexer, health) => health.CheckAsync(multiplexer))
                .WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StorageUnavailableException error)
        {
            return error.Message;
        }
    }

    private async Task<string?> CheckAsync(ConnectionMultiplexer multiplexer)
    {
        var now = _clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
        var database = multiplexer.GetDatabase();
        await Task.WhenAll(KeysOnEachPrimary(multiplexer).Select(key => database.StringSetAsync(key, now, _keyLife))).ConfigureAwait(false);

        var primaries = multiplexer.GetServers().Where(static server => server is { IsConnected: true, IsReplica: false }).ToList();
        var states = await Task.WhenAll(primaries.Select(ReadAsync)).ConfigureAwait(false);
        _durability = string.Join("; ", states.Select(static state => state.Durability).Distinct());
        return primaries.Zip(states)
            .Select(pair => pair.Second.Trouble($"{pair.First.EndPoint}", connection.Options.RequireAppendOnly))
            .FirstOrDefault(static trouble => trouble is not null);
    }

    private IEnumerable<RedisKey> KeysOnEachPrimary(ConnectionMultiplexer multiplexer)
    {
        RedisKey any = $"{connection.Options.KeyPrefix}:health";
        var cluster = multiplexer.GetServers()
            .Select(static server => server.ClusterConfiguration)
            .FirstOrDefault(static known => known is not null);
        if (cluster is null)
        {
            yield return any;
            yield break;
        }

        var missing = cluster.Nodes
            .Where(static node => !node.IsReplica && node.Slots.Count > 0)
            .Select(static node => node.NodeId)
            .ToHashSet();
        for (var i = 0; i < MaxKeysTried && missing.Count > 0; i++)
        {
            var key = any.Append(string.Create(CultureInfo.InvariantCulture, $":{i}"));
            if (cluster.GetBySlot(multiplexer.HashSlot(key)) is { } node && missing.Remove(node.NodeId)) yield return key;
        }
    }

    private static async Task<RedisState> ReadAsync(IServer server)
    {
        var info = (string?)await server.ExecuteAsync("INFO").ConfigureAwait(false);
        return RedisState.Read(info ?? "", await ConfigAsync(server).ConfigureAwait(false));
    }

    // A hosted Redis may keep its configuration to itself.
    private static async Task<IReadOnlyList<string>> ConfigAsync(IServer server)
    {
        try
        {
            var pairs = (string?[]?)await server.ExecuteAsync("CONFIG", "GET", "appendfsync").ConfigureAwait(false) ?? [];
            return [.. pairs.OfType<string>()];
        }
        catch (RedisServerException)
        {
            return [];
        }
    }
}
