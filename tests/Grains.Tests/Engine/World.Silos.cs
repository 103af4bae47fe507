using DlqCluster.Cluster.Hosting;
using DlqCluster.Cluster.Placement;
using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Grains.Tests.Engine.Silos;
using DlqCluster.Hosting;
using DlqCluster.Ledger;
using DlqCluster.Ordering;
using DlqCluster.Payloads;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Reminders;
using Orleans.Storage;
using Orleans.TestingHost;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>
/// On real Orleans: three silos in this process, set up as in a real cluster. Their grains, timers and reminders go by the world's clock; their
/// messaging and membership by the one on the wall.
/// </summary>
internal sealed partial class World
{
    private const short SiloCount = 3;
    private const int ManyLooks = 200;

    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(20);

    // Nobody says at a start that what was in hand is lost: the watchdog finds it. Most tests end while something is on its way for ever.
    private static readonly Dictionary<string, string?> _defaults = new()
    {
        ["Ledger:RecoverAtStart"] = "false",
        ["Delivery:WatchdogMs"] = "5000",
        ["Delivery:ShutdownGraceMs"] = "0",
    };

    private readonly Dictionary<string, SiloLink> _links = new(StringComparer.Ordinal);
    private readonly SeededRandom _random = new(17);
    private readonly Lock _oneAtATime = new();
    private InProcessTestCluster? _cluster;
    private bool _usesOneSilo;

    /// <summary>Settings for tests that last for days: what looks around all the time does so less often.</summary>
    public static IReadOnlyList<(string Name, string Value)> Patient =>
    [
        ("Delivery:CatalogRefreshMs", "60000"),
        ("Dlq:PollIntervalMs", "10000"),
        ("Ledger:CountIntervalMs", "60000"),
        ("Ledger:PollIntervalMs", "2000"),
    ];

    public ClusterTime Time { get; } = new();

    public IServiceProvider Services => Silos[0];

    /// <summary>The services of all silos, that of the ledger first.</summary>
    public IReadOnlyList<IServiceProvider> Silos { get; private set; } = [];

    public IGrainFactory Grains => _usesOneSilo ? Services.GetRequiredService<IGrainFactory>() : _cluster!.Client;

    /// <summary>
    /// The moments, of so many that something may happen at, that are tried: some of them, as each costs a cluster. The embedded engine has
    /// the patience for all.
    /// </summary>
    public static IEnumerable<int> Moments(int count) => Enumerable.Range(1, count).Where(moment => moment % (count / 3) == 0);

    public Task StartAsync() => Time.InRealTimeAsync(async () =>
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(_defaults).AddInMemoryCollection(_settings).Build();
        var builder = new InProcessTestClusterBuilder(SiloCount);
        builder.Options.ConfigureFileLogging = false;
        var roll = new RollCall(SiloCount);
        builder.ConfigureSilo((options, silo) =>
        {
            silo.Services.AddSingleton(roll).AddHostedService<RollCall.Member>();
            Configure(silo, configuration, Link(options.SiloName));
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        (Silos, _cluster) = (ServicesOf(cluster), cluster);
    });

    /// <summary>Everything comes in at one silo, that of the ledger, and meets its gate: the others send only what is called to them.</summary>
    public void UseOneSilo() => _usesOneSilo = true;

    public Task StopAsync() => Time.InRealTimeAsync(async () =>
    {
        if (Interlocked.Exchange(ref _cluster, null) is not { } cluster) return;
        await cluster.StopAllSilosAsync();
        await cluster.DisposeAsync();
    });

    /// <summary>The silos are gone from one moment to the next; what the stores have is all that is left.</summary>
    public void Kill()
    {
        if (Interlocked.Exchange(ref _cluster, null) is not { } cluster) return;
        lock (_links)
        {
            foreach (var link in _links.Values) link.Cut();
            _links.Clear();
        }

        _ = Task.Run(() => BuryAsync(cluster));
    }

    /// <summary>One of the silos is gone from one moment to the next, and the others have found that out.</summary>
    /// <param name="number">Which, from 0, which has the ledger.</param>
    public Task KillOneAsync(int number) => Time.InRealTimeAsync(async () =>
    {
        var silo = _cluster!.Silos.Single(handle => handle.ServiceProvider == Silos[number]);
        lock (_links) _links[silo.Name].Cut();
        await _cluster.KillSiloAsync(silo);
        (Silos, _usesOneSilo) = (ServicesOf(_cluster), true);
        var views = Silos.Select(static services => services.GetRequiredService<ISiloStatusOracle>()).ToArray();
        while (Array.Exists(views, view => !view.IsDeadSilo(silo.SiloAddress))) await Task.Delay(TimeSpan.FromMilliseconds(10));
    });

    /// <summary>What is left of the silos ends by itself, and nobody waits for it.</summary>
    public void Dispose()
    {
        Kill();
        Silos = [];
        Time.Clear();
    }

    /// <summary>Lets much time pass, in which nothing should happen: days cost minutes here, so that it is not much after all.</summary>
    public Task IdleAsync(TimeSpan time) => Time.AdvanceAsync(time < _longest ? time : _longest);

    // As in a crash: a shutdown waits for what is on its way, which in some tests is for ever.
    private Task EndAsync() => Time.InRealTimeAsync(async () =>
    {
        if (Interlocked.Exchange(ref _cluster, null) is { } cluster) await BuryAsync(cluster);
    });

    // Looking costs a call to another silo: who has waited for long is looked at less often.
    public static TimeSpan BetweenLooks(int looks) => TimeSpan.FromMilliseconds(looks switch
    {
        < ManyLooks => 50,
        < 3 * ManyLooks => 1_000,
        _ => 5_000,
    });

    // Whoever hears that another silo has died keeps its connections, and with them all of itself, for ten seconds more.
    private static void Deafen(IServiceProvider silo)
    {
        var oracle = silo.GetRequiredService<ISiloStatusOracle>();
        foreach (var listener in silo.GetServices<ILifecycleParticipant<ISiloLifecycle>>().OfType<ISiloStatusListener>())
            oracle.UnSubscribeFromSiloStatusEvents(listener);
    }

    private static async Task BuryAsync(InProcessTestCluster cluster)
    {
        foreach (var silo in cluster.Silos) Deafen(silo.ServiceProvider);
        await cluster.KillClientAsync();
        // One after the other: they would get into each other's way in the membership table.
        foreach (var silo in cluster.Silos) await cluster.KillSiloAsync(silo);
        await cluster.DisposeAsync();
    }

    private static IReadOnlyList<IServiceProvider> ServicesOf(InProcessTestCluster cluster)
    {
        var silos = cluster.Silos;
        var ledger = cluster.Client.GetGrain<ILedgerGrain>(0).GetGrainId();
        var first = Shares.OwnerOf(ledger, silos.Select(static silo => silo.SiloAddress));
        return [.. silos.OrderBy(silo => !silo.SiloAddress.Equals(first)).Select(static silo => silo.ServiceProvider)];
    }

    private SiloLink Link(string silo)
    {
        lock (_links) return _links[silo] = new SiloLink(Time, _oneAtATime);
    }

    private void Configure(ISiloBuilder silo, IConfiguration configuration, SiloLink link)
    {
        var services = silo.Services;
        // Nothing is placed by load, and each telling of it costs a call to every silo.
        services.Configure<DeploymentLoadPublisherOptions>(static load => load.DeploymentLoadPublisherRefreshTime = TimeSpan.FromHours(1));
        // Room for it is taken at the start: for a million grains, which is 20 MB a silo.
        services.Configure<GrainDirectoryOptions>(static directory => directory.CacheSize = 1_000);
        services.AddOptions<ClusterSettings>().Bind(configuration.GetSection(ClusterSettings.Section));
        services.AddSingleton<IGrainStorageSerializer, GrainStateSerializer>();
        services.AddSingleton<IRandomSource>(_random);
        services.AddSingleton(link.To<IDownstreamSender>(Sender));
        services.AddSingleton(link.To<ILedgerStore>(Ledger));
        services.AddSingleton(link.To<IOrderingStore>(Ordering));
        services.AddSingleton(link.To<IPayloadStore>(Payloads));
        services.AddSingleton(link.To<IDeadLetterStore>(Letters));
        services.AddSingleton(link.To<IReminderTable>(Reminders));
        foreach (var name in DlqGrains.StorageNames) services.AddKeyedSingleton(name, link.To<IGrainStorage>(States));
        SiloSetup.Configure(silo);
        silo.AddReminders();
        DlqClusterHost.AddName(services);
        services.AddDlqGrains(configuration);
        DlqClusterHost.AddOthers(services);
        SetClocks(services, link);
    }

    private static void SetClocks(IServiceCollection services, SiloLink link)
    {
        services.AddSingleton<TimeProvider>(link);
        services.AddKeyedSingleton(KeyedService.AnyKey, static (_, _) => TimeProvider.System);
        services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.Grains, link);
        services.AddKeyedSingleton<TimeProvider>(ReminderTimeProviderNames.Reminders, new ReminderTime(link));
        services.AddSingleton(static provider => new PartitionKeeper.Limits(
            provider.GetRequiredService<IOptions<PartitionOptions>>(),
            provider.GetRequiredService<IOptions<ClusterSettings>>(),
            provider.GetRequiredService<DrainState>(),
            TimeProvider.System));
    }
}
