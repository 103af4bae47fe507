using System.Collections.Concurrent;
using System.Globalization;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Breakers;
using DlqCluster.Cluster.Hosting;
using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Hosting;
using DlqCluster.Ledger;
using DlqCluster.Messages;
using DlqCluster.Ordering;
using DlqCluster.Payloads;
using DlqCluster.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Orleans.TestingHost;
using MemoryGrainStorage = DlqCluster.Testing.MemoryGrainStorage;

namespace DlqCluster.Cluster.Tests.Hosting;

/// <summary>
/// Three silos of real Orleans with the real grains, set up as in a real cluster but for their stores, which are in memory and outlive them
/// all. The downstream is a real HTTP server, the receiver.
/// </summary>
internal sealed class ThreeSilos : IAsyncDisposable
{
    private const string Name = "test";

    private readonly IConfiguration _configuration;
    private readonly MemoryGrainStorage _states = new(new GrainStateSerializer());
    private readonly MemoryReminderTable _reminders = new();
    private readonly ConcurrentDictionary<string, bool> _withoutNetwork = new(StringComparer.Ordinal);
    private readonly InProcessTestCluster _cluster;

    private ThreeSilos(Receiver receiver, (string Name, string Value)[] settings)
    {
        Dictionary<string, string?> all = new()
        {
            ["Cluster:ClusterId"] = Name,
            ["Cluster:ServiceId"] = Name,
            ["Cluster:ProbeTimeout"] = "00:00:01",
            ["Cluster:ResponseTimeout"] = "00:00:05",
            ["Ledger:RecoverAtStart"] = "false",
            ["Ledger:PollIntervalMs"] = "50",
            ["Delivery:WatchdogMs"] = "3000",
            ["Retry:BaseBackoffMs"] = "20",
            ["Retry:MaxBackoffMs"] = "50",
            ["Downstreams:default:Kind"] = "http",
            ["Downstreams:default:Url"] = receiver.Url,
            // The receiver is on this machine.
            ["Downstreams:AllowPrivateNetworks"] = "true",
        };
        foreach (var (name, value) in settings) all[name] = value;
        _configuration = new ConfigurationBuilder().AddInMemoryCollection(all).Build();
        var builder = new InProcessTestClusterBuilder(3);
        (builder.Options.ClusterId, builder.Options.ServiceId) = (Name, Name);
        builder.ConfigureSilo((_, silo) => Configure(silo));
        _cluster = builder.Build();
    }

    public MemoryLedgerStore Ledger { get; } = new();

    public MemoryOrderingStore Ordering { get; } = new();

    public MemoryPayloadStore Payloads { get; } = new(TimeProvider.System);

    public MemoryDeadLetterStore Letters { get; } = new();

    public IReadOnlyList<InProcessSiloHandle> Silos => _cluster.Silos;

    public IGrainFactory Client => _cluster.Client;

    public ICircuitBreakerGrain Breaker => Client.GetGrain<ICircuitBreakerGrain>("default");

    public int Partitions => int.Parse(_configuration["Partitions:Count"] ?? "16", CultureInfo.InvariantCulture);

    public static async Task<ThreeSilos> StartAsync(Receiver receiver, params (string Name, string Value)[] settings)
    {
        var silos = new ThreeSilos(receiver, settings);
        await silos._cluster.DeployAsync();
        return silos;
    }

    /// <summary>The grains as one silo sees them: a message that is submitted through it lives there.</summary>
    public IGrainFactory At(int silo) => _cluster.GetSiloServiceProvider(Silos[silo].SiloAddress).GetRequiredService<IGrainFactory>();

    /// <summary>Breaks, or mends, one silo's way to all downstreams; it still reaches the other silos.</summary>
    public void SetNetwork(int silo, bool works) => _withoutNetwork[Silos[silo].SiloAddress.ToString()] = !works;

    public Task KillAsync(int silo) => _cluster.KillSiloAsync(Silos[silo]);

    public Task AddAsync() => _cluster.StartAdditionalSiloAsync();

    /// <summary>Submits a message, whose payload a receiver understands, and again until it is accepted.</summary>
    public static async Task<MessageId> SubmitAsync(IGrainFactory grains, int number, string key)
    {
        var id = MessageId.Derive("test", key);
        var message = new SubmitMessage(new Envelope { Payload = Payload.Parse($$"""{"n":{{number}}}""") }, "hash");
        for (var tries = 0; ; tries++)
        {
            try
            {
                await grains.GetGrain<IMessageGrain>(id.Value).Submit(message);
                return id;
            }
            catch (Exception error) when (tries < 50 && error is TimeoutException or OrleansException)
            {
                await Task.Delay(100);
            }
        }
    }

    public async Task<MessageState?> StateAsync(MessageId id) => (await Client.GetGrain<IMessageGrain>(id.Value).Get())?.State;

    public Task UntilAsync(MessageId id, MessageState state) =>
        Wait.UntilAsync(() => StateAsync(id), found => found == state, $"message {id} is {state}");

    public Task<BreakerView> UntilAsync(BreakerState state) =>
        Wait.UntilAsync(() => Breaker.Get(), breaker => breaker.State == state, $"the breaker is {state}");

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    private void Configure(ISiloBuilder silo)
    {
        var services = silo.Services;
        services.AddOptions<ClusterSettings>().Bind(_configuration.GetSection(ClusterSettings.Section));
        services.AddSingleton<IGrainStorageSerializer, GrainStateSerializer>();
        services.AddSingleton<ILedgerStore>(Ledger);
        services.AddSingleton<IOrderingStore>(Ordering);
        services.AddSingleton<IPayloadStore>(Payloads);
        services.AddSingleton<IDeadLetterStore>(Letters);
        services.AddSingleton<IReminderTable>(_reminders);
        foreach (var name in DlqGrains.StorageNames) services.AddKeyedSingleton<IGrainStorage>(name, _states);
        SiloSetup.Configure(silo);
        silo.AddReminders();
        DlqClusterHost.AddName(services);
        services.AddDlqGrains(_configuration);
        var sender = services.Last(service => service.ServiceType == typeof(IDownstreamSender)).ImplementationType!;
        services.AddSingleton<IDownstreamSender>(provider => new Network(
            (IDownstreamSender)ActivatorUtilities.CreateInstance(provider, sender),
            () => _withoutNetwork.GetValueOrDefault(provider.GetRequiredService<SiloName>().Value)));
        DlqClusterHost.AddOthers(services);
    }

    /// <summary>One silo's way to the downstreams.</summary>
    private sealed class Network(IDownstreamSender sender, Func<bool> isBroken) : IDownstreamSender
    {
        public Task<AttemptResult> SendAsync(Downstream downstream, OutgoingMessage message, CancellationToken cancellationToken) => isBroken()
            ? Task.FromResult(AttemptResult.Failed(ErrorType.Network, "No route to host"))
            : sender.SendAsync(downstream, message, cancellationToken);
    }
}
