using DlqCluster.Conversations;
using DlqCluster.DeadLetters;
using DlqCluster.Delivery;
using DlqCluster.Diagnostics;
using DlqCluster.Downstreams;
using DlqCluster.Ledger;
using DlqCluster.Messages;
using DlqCluster.Ordering;
using DlqCluster.Payloads;
using DlqCluster.Recipients;
using DlqCluster.Replays;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;

namespace DlqCluster.Hosting;

/// <summary>Registers everything that the grains need, beside an engine and the stores.</summary>
public static class DlqGrains
{
    /// <summary>The name of the storage of message grains.</summary>
    public const string MessageStorage = "messages";

    /// <summary>The name of the storage of circuit breakers.</summary>
    public const string BreakerStorage = "breakers";

    /// <summary>The name of the storage of the downstream catalogue.</summary>
    public const string DownstreamStorage = "downstreams";

    /// <summary>The name of the storage of replay jobs and of their index.</summary>
    public const string ReplayStorage = "replays";

    /// <summary>The name of the storage of API keys.</summary>
    public const string SecurityStorage = "security";

    /// <summary>The name of the storage of recipients' preferences.</summary>
    public const string RecipientStorage = "recipients";

    /// <summary>All storage names. The host registers a keyed <see cref="IGrainStorage"/> for each.</summary>
    public static IReadOnlyList<string> StorageNames { get; } =
        [MessageStorage, BreakerStorage, DownstreamStorage, ReplayStorage, SecurityStorage, RecipientStorage];

    /// <summary>
    /// Adds what a process needs that only calls grains: options, ids, and its own copies of the downstream catalogue and of the queue's
    /// depth. The engine's client starts before these.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The configuration.</param>
    public static IServiceCollection AddDlqClient(this IServiceCollection services, IConfiguration configuration)
    {
        AddCommon(services, configuration);
        services.AddHostedService<DirectoryStartup>();
        return services.AddClusterQueue();
    }

    /// <summary>
    /// Adds the grains' services. The host adds <see cref="Ledger.ILedgerStore"/>, <see cref="IOrderingStore"/>,
    /// <see cref="IPayloadStore"/>, <see cref="IDeadLetterStore"/> and the grain storages; it
    /// may replace the randomness, the background runner, the sender and what seals secrets. The clock is the engine's.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The configuration.</param>
    public static IServiceCollection AddDlqGrains(this IServiceCollection services, IConfiguration configuration)
    {
        AddCommon(services, configuration);
        services.TryAddSingleton<IGrainStorageSerializer, GrainStateSerializer>();
        services.AddSingleton<DlqMetrics>();
        services.AddSingleton<QueueTracker>();
        services.AddSingleton<IQueueStatus>(provider => provider.GetRequiredService<QueueTracker>());
        services.AddSingleton(_ => new ConfiguredDownstreams(configuration));
        AddDelivery(services);
        services.AddSingleton<DlqContext>();
        services.AddSingleton<ReplayServices>();
        services.AddSingleton<DeliveryStartup.Parts>();
        services.AddSingleton<DeliveryStartup>();
        services.AddHostedService(provider => provider.GetRequiredService<DeliveryStartup>());
        return services;
    }

    /// <summary>
    /// Stops a start whose <see cref="PartitionOptions.Count"/> is not that of the data. After the stores, one of which is an
    /// <see cref="Storage.IDataLayout"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddPartitionCheck(this IServiceCollection services) => services.AddHostedService<PartitionCheck>();

    /// <summary>
    /// Replaces the queue as this silo knows it by the queue of the whole cluster. For a cluster of several silos, after
    /// <see cref="AddDlqGrains"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddClusterQueue(this IServiceCollection services)
    {
        services.AddSingleton(provider => new ClusterQueue(
            provider.GetRequiredService<IGrainFactory>(),
            provider.GetRequiredService<IDownstreamDirectory>(),
            provider.GetRequiredService<ClusterQueue.Limits>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ClusterQueue>>(),
            provider.GetService<QueueTracker>()));
        services.AddSingleton<ClusterQueue.Limits>();
        services.AddSingleton<IQueueStatus>(provider => provider.GetRequiredService<ClusterQueue>());
        services.AddHostedService(provider => provider.GetRequiredService<ClusterQueue>());
        return services;
    }

    private static void AddCommon(IServiceCollection services, IConfiguration configuration)
    {
        AddOptions(services, configuration);
        services.AddMetrics();
        services.TryAddSingleton<IRandomSource, SystemRandomSource>();
        services.TryAddSingleton<IBackgroundRunner, ThreadPoolRunner>();
        services.TryAddSingleton<ISystemProbe, ProcessProbe>();
        services.TryAddSingleton(new SiloName(Environment.MachineName));
        services.AddSingleton<MessageIds>();
        services.AddSingleton<DrainState>();
        services.AddSingleton<TroubleLog>();
        services.TryAddSingleton<ISecretBox, OpenSecretBox>();
        services.AddSingleton<DownstreamSecrets>();
        services.AddSingleton<DownstreamDirectory>();
        services.AddSingleton<IDownstreamDirectory>(provider => provider.GetRequiredService<DownstreamDirectory>());
        services.AddSingleton<ReplayPassages>();
    }

    private static void AddDelivery(IServiceCollection services)
    {
        services.AddSingleton<AcceptLoad>();
        services.AddSingleton<GateDependencies>();
        services.AddSingleton<DeliveryGates>();
        services.AddSingleton<BackoffSlots>();
        services.AddSingleton<DeliveryPath>();
        services.AddSingleton<MessageKinds>();
        services.AddSingleton<MessageLimits>();
        services.AddSingleton<ClaimCheck>();
        services.AddSingleton<MessageStores>();
        services.AddSingleton<MessageServices>();
        services.AddSingleton<LedgerServices>();
        services.AddSingleton<OrderingServices>();
        services.AddSingleton<SimulatedSender>();
        services.AddSingleton<OutgoingGuard>();
        services.AddSingleton(provider => new HttpSender(
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IOptions<DeliveryOptions>>(),
            certificate => provider.GetRequiredService<OutgoingGuard>()
                .CreateHandler(provider.GetRequiredService<IOptions<DeliveryOptions>>().Value.MaxResponseHeaderBytes, certificate)));
        services.TryAddSingleton<IDownstreamSender, DownstreamSender>();
    }

    private static void AddOptions(IServiceCollection services, IConfiguration configuration)
    {
        Add<PartitionOptions>(services, configuration, PartitionOptions.Section);
        Add<QueueOptions>(services, configuration, QueueOptions.Section);
        Add<IdempotencyOptions>(services, configuration, IdempotencyOptions.Section);
        Add<IngestOptions>(services, configuration, IngestOptions.Section);
        Add<RetryOptions>(services, configuration, RetryOptions.Section);
        Add<DeliveryOptions>(services, configuration, DeliveryOptions.Section);
        Add<LedgerOptions>(services, configuration, LedgerOptions.Section);
        Add<AuditOptions>(services, configuration, AuditOptions.Section);
        Add<SecurityOptions>(services, configuration, SecurityOptions.Section);
        Add<RateLimitOptions>(services, configuration, RateLimitOptions.Section);
        // Downstreams stand beside its members.
        services.AddOptions<OutgoingOptions>().Bind(configuration.GetSection(OutgoingOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        Add<OrderingOptions>(services, configuration, OrderingOptions.Section);
        Add<NotificationOptions>(services, configuration, NotificationOptions.Section);
        Add<ConversationOptions>(services, configuration, ConversationOptions.Section);
        Add<PayloadOptions>(services, configuration, PayloadOptions.Section);
        Add<ReplayOptions>(services, configuration, ReplayOptions.Section);
        Add<DlqOptions>(services, configuration, DlqOptions.Section).PostConfigure(DlqDefaults.Fill);
    }

    private static OptionsBuilder<T> Add<T>(IServiceCollection services, IConfiguration configuration, string section)
        where T : class =>
        services.AddOptions<T>()
            .Bind(configuration.GetSection(section), binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateDataAnnotations()
            .ValidateOnStart();
}

/// <summary>Defaults that are lists: configuration would add to them and not replace them.</summary>
internal static class DlqDefaults
{
    private static readonly int[] _immediateMinutes = [1, 5, 15, 30, 60];
    private static readonly int[] _offPeakHours = [2, 3, 4];
    private static readonly (ErrorType Type, ReplayStrategy Strategy)[] _strategies =
    [
        (ErrorType.Timeout, ReplayStrategy.Conditional),
        (ErrorType.Network, ReplayStrategy.Conditional),
        (ErrorType.Server, ReplayStrategy.Immediate),
        (ErrorType.RateLimited, ReplayStrategy.OffPeak),
        (ErrorType.Client, ReplayStrategy.Manual),
        (ErrorType.Validation, ReplayStrategy.Manual),
    ];

    public static void Fill(DlqOptions options)
    {
        if (options.ImmediateDelays.Count == 0)
            foreach (var minutes in _immediateMinutes) options.ImmediateDelays.Add(TimeSpan.FromMinutes(minutes));
        if (options.OffPeakTimes.Count == 0)
            foreach (var hour in _offPeakHours) options.OffPeakTimes.Add(new TimeOnly(hour, 0));
        foreach (var (type, strategy) in _strategies) options.Strategies.TryAdd(ErrorTypes.Name(type), strategy);
    }
}
