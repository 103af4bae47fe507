using DlqCluster.Cluster.Redis;
using DlqCluster.Hosting;
using DlqCluster.Storage;
using Microsoft.Extensions.Options;

namespace DlqCluster.Cluster.Tests.Redis;

/// <summary>A Redis that the tests of a class share.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    private RedisServer? _server;
    private RedisConnection? _connection;

    internal RedisServer Server => _server!;

    internal RedisConnection Connection => _connection!;

    public async ValueTask InitializeAsync()
    {
        if (!RedisServer.IsInstalled) return;
        _server = await RedisServer.StartNewAsync();
        _connection = Connect(_server.ConnectionString);
    }

    /// <summary>A ledger without entries.</summary>
    internal RedisLedgerStore EmptyLedger()
    {
        RedisServer.Need();
        Server.CommandAsync("FLUSHALL").GetAwaiter().GetResult();
        return new RedisLedgerStore(Connection);
    }

    /// <summary>A store without ordering lanes.</summary>
    internal RedisOrderingStore EmptyOrdering()
    {
        RedisServer.Need();
        Server.CommandAsync("FLUSHALL").GetAwaiter().GetResult();
        return new RedisOrderingStore(Connection, Options.Create(new PartitionOptions()));
    }

    internal static RedisConnection Connect(string connectionString, Action<RedisOptions>? configure = null)
    {
        var options = new RedisOptions { ConnectionString = connectionString };
        configure?.Invoke(options);
        return new RedisConnection(Options.Create(options));
    }

    /// <summary>Repeats what fails while Redis is away, until it works; at most half a minute.</summary>
    internal static async Task EventuallyAsync(Func<Task> act)
    {
        for (var attempt = 0; attempt < 300; attempt++)
        {
            try
            {
                await act();
                return;
            }
            catch (StorageUnavailableException)
            {
                await Task.Delay(100);
            }
        }

        await act();
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }
}
