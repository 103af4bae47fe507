using System.Globalization;
using DlqCluster.Cluster.Redis;
using DlqCluster.Hosting;
using Microsoft.Extensions.Options;

namespace DlqCluster.Cluster.Tests.Redis;

/// <summary>A Redis Cluster of three primaries, which share the hash slots.</summary>
public sealed class RedisClusterFixture : IAsyncLifetime
{
    private const int Slots = 16_384;
    private const int Primaries = 3;

    private readonly List<RedisServer> _servers = [];
    private RedisConnection? _connection;

    internal IReadOnlyList<RedisServer> Servers => _servers;

    internal RedisConnection Connection => _connection!;

    public async ValueTask InitializeAsync()
    {
        if (!RedisServer.IsInstalled) return;
        var busPorts = new List<string>();
        for (var i = 0; i < Primaries; i++)
        {
            busPorts.Add(RedisServer.FreePort().ToString(CultureInfo.InvariantCulture));
            _servers.Add(await RedisServer.StartNewAsync("--cluster-enabled", "yes", "--cluster-port", busPorts[i]));
            await _servers[i].CommandAsync("CLUSTER", "ADDSLOTSRANGE", $"{Slots * i / Primaries}", $"{(Slots * (i + 1) / Primaries) - 1}");
            if (i > 0) await _servers[0].CommandAsync("CLUSTER", "MEET", "127.0.0.1", $"{_servers[i].Port}", busPorts[i]);
        }

        foreach (var server in _servers) await UntilReadyAsync(server);
        _connection = RedisFixture.Connect(string.Join(',', _servers.Select(server => server.ConnectionString)));
    }

    /// <summary>A ledger without entries.</summary>
    internal RedisLedgerStore EmptyLedger()
    {
        RedisServer.Need();
        foreach (var server in _servers) server.CommandAsync("FLUSHALL").GetAwaiter().GetResult();
        return new RedisLedgerStore(Connection);
    }

    /// <summary>A store without ordering lanes.</summary>
    internal RedisOrderingStore EmptyOrdering()
    {
        RedisServer.Need();
        foreach (var server in _servers) server.CommandAsync("FLUSHALL").GetAwaiter().GetResult();
        return new RedisOrderingStore(Connection, Options.Create(new PartitionOptions()));
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
        foreach (var server in _servers) await server.DisposeAsync();
    }

    private static async Task UntilReadyAsync(RedisServer server)
    {
        for (var attempt = 0; attempt < 600; attempt++)
        {
            var info = await server.CommandAsync("CLUSTER", "INFO");
            string[] ready = ["cluster_state:ok", $"cluster_known_nodes:{Primaries}"];
            if (ready.All(line => info.Contains(line, StringComparison.Ordinal))) return;
            await Task.Delay(50);
        }

        throw new InvalidOperationException("The nodes did not become a cluster.");
    }
}
