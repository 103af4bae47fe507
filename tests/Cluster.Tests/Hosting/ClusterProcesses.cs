using System.Globalization;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Cluster.Tests.Redis;

namespace DlqCluster.Cluster.Tests.Hosting;

/// <summary>
/// A cluster of real processes on a real Redis: three silos and two APIs, started as an operator starts them. Dead letters are in a file that
/// they share.
/// </summary>
internal sealed class ClusterProcesses : IAsyncDisposable
{
    private const int FirstSilos = 3;

    private readonly TempDirectory _letters = new();
    private readonly Receiver _receiver;
    private readonly List<SiloProcess> _silos = [];
    private readonly List<SiloProcess> _apis = [];
    private int _turn;

    private ClusterProcesses(Receiver receiver, RedisServer redis) => (_receiver, Redis) = (receiver, redis);

    public RedisServer Redis { get; }

    public IReadOnlyList<SiloProcess> Silos => _silos;

    public IEnumerable<SiloProcess> All => [.. _silos, .. _apis];

    /// <summary>The APIs, in turn.</summary>
    public ApiClient Api => _apis[(Interlocked.Increment(ref _turn) & int.MaxValue) % _apis.Count].Api;

    public static async Task<ClusterProcesses> StartAsync(Receiver receiver)
    {
        RedisServer.Need();
        var cluster = new ClusterProcesses(receiver, await RedisServer.StartNewAsync());
        try
        {
            await Task.WhenAll(Enumerable.Range(0, FirstSilos).Select(_ => cluster.AddSiloAsync()));
            cluster._apis.AddRange(await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => cluster.StartProcessAsync(("Cluster__Role", "api")))));
            await Wait.UntilAsync(
                () => cluster.SilosHealthAsync(), silos => silos.Status == "healthy", "all silos are there", TimeSpan.FromSeconds(30));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async Task<SiloProcess> AddSiloAsync()
    {
        var silo = await StartProcessAsync(("Cluster__SiloPort", "0"), ("Cluster__GatewayPort", "0"));
        lock (_silos) _silos.Add(silo);
        return silo;
    }

    /// <summary>Starts one more, which is expected to end by itself.</summary>
    public Task<SiloProcess> RunAsync(params (string Name, string Value)[] environment) =>
        SiloProcess.RunAsync([("PORT", "0"), ("DATA_DIR", _letters.Path), .. Environment(), .. environment]);

    /// <summary>What an API says of the silos.</summary>
    public async Task<(string Status, string? Detail)> SilosHealthAsync()
    {
        var health = await _apis[0].Api.GetAsync("/api/health");
        var silos = health["stores"].EnumerateArray().Single(store => store.GetProperty("name").GetString() == "silos");
        return (silos.GetProperty("status").GetString()!, silos.GetProperty("detail").GetString());
    }

    /// <summary>The silo that has the breaker of the default downstream.</summary>
    public async Task<SiloProcess> KeeperOfBreakerAsync()
    {
        foreach (var silo in _silos)
            if ((await silo.Api.GetAsync("/metrics")).Text.Contains("circuit_breaker_state{name=\"default\"}", StringComparison.Ordinal)) return silo;
        throw new InvalidOperationException("No silo shows the breaker.");
    }

    /// <summary>A sum over all that silos have measured.</summary>
    public async Task<double[]> DeliveredByEachAsync() => await Task.WhenAll(_silos.Where(silo => silo.IsRunning).Select(async silo =>
    {
        var metrics = (await silo.Api.GetAsync("/metrics")).Text;
        var line = metrics.Split('\n').FirstOrDefault(line => line.StartsWith("messages_ended_total{end=\"delivered\"}", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }));

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _apis.Concat(_silos)) await process.DisposeAsync();
        await Redis.DisposeAsync();
        _letters.Dispose();
    }

    private Task<SiloProcess> StartProcessAsync(params (string Name, string Value)[] environment) =>
        SiloProcess.StartAsync(_letters.Path, [.. Environment(), .. environment]);

    private (string, string)[] Environment() =>
    [
        .. _receiver.Environment,
        ("REDIS_URI", $"redis://{Redis.ConnectionString}"), ("Storage__Letters", "sqlite"), ("Cluster__ExpectedSilos", Text(FirstSilos)),
        // Five servers on one test machine: each with the heap of a small program.
        ("DOTNET_gcServer", "0"),
    ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
