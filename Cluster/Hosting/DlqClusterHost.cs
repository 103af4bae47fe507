using DlqCluster.Api.Metrics;
using DlqCluster.Cluster.Membership;
using DlqCluster.Cluster.Metrics;
using DlqCluster.Cluster.Placement;
using DlqCluster.Hosting;
using DlqCluster.Payloads;
using DlqCluster.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Serialization;
using Orleans.Storage;

namespace DlqCluster.Cluster.Hosting;

/// <summary>Puts a process together that runs grains on Orleans, or calls them: its stores, its engine and the grains, in the order of starting.</summary>
public static class DlqClusterHost
{
    private const string RecoverKey = $"{LedgerOptions.Section}:{nameof(LedgerOptions.RecoverAtStart)}";
    private const string InlineKey = $"{PayloadOptions.Section}:{nameof(PayloadOptions.InlineLimit)}";
    private const string WatchdogKey = $"{DeliveryOptions.Section}:{nameof(DeliveryOptions.WatchdogMs)}";

    /// <summary>
    /// What differs from the defaults of one process in a cluster of several, unless it is set. A silo that starts must not take what others
    /// have in hand; and what a silo had in hand when it died is due sooner, since others can take it up.
    /// </summary>
    /// <param name="choice">What keeps what.</param>
    public static IEnumerable<KeyValuePair<string, string?>> Defaults(StorageChoice choice)
    {
        // Says of each start that the machine's whole uptime has passed since the last look.
        yield return new("Logging:LogLevel:Orleans.Runtime.Watchdog", "Error");
        if (choice.Kind == StorageKind.Sqlite) yield break;
        yield return new(RecoverKey, bool.FalseString);
        yield return new(WatchdogKey, "30000");
        // What Redis keeps lies in memory.
        yield return new(InlineKey, "2048");
        // Each failure is told by whoever had it; this would tell it again, with its stack, for each message.
        yield return new("Logging:LogLevel:Orleans.Persistence.RedisGrainStorage", "None");
    }

    /// <summary>The role that this process has.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="choice">What keeps what.</param>
    /// <exception cref="InvalidConfigurationException">There is no such role, or it needs other storage.</exception>
    public static ClusterRole RoleOf(IConfiguration configuration, StorageChoice choice)
    {
        const string key = $"{ClusterSettings.Section}:{nameof(ClusterSettings.Role)}";
        var text = configuration[key];
        var otherwise = choice.Kind == StorageKind.Sqlite ? ClusterRole.All : ClusterRole.Silo;
        if (string.IsNullOrEmpty(text)) return otherwise;
        if (!Enum.TryParse<ClusterRole>(text, ignoreCase: true, out var role) || !Enum.IsDefined(role))
            throw new InvalidConfigurationException($"{key} is '{text}'. It must be one of silo, api, all.");
        return choice.Kind == StorageKind.Redis || role == ClusterRole.All
            ? role
            : throw new InvalidConfigurationException(
                $"{key} is '{text}', but with SQLite there is one process that does all. Set Redis:ConnectionString (REDIS_URI) for a cluster.");
    }

    /// <summary>Adds a process of the cluster.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="choice">What keeps what.</param>
    /// <param name="role">What the process does.</param>
    public static void AddDlqCluster(this IHostApplicationBuilder builder, StorageChoice choice, ClusterRole role)
    {
        AddSettings(builder.Services);
        builder.Services.AddSingleton<IMetricsExporter, PrometheusExporter>();
        AddStores(builder.Services, choice);
        builder.Services.AddPartitionCheck();
        if (choice.Kind == StorageKind.Redis) builder.Services.AddHostedService<StopLimit>();
        if (role == ClusterRole.Api) AddClient(builder);
        else AddSilo(builder, choice);
    }

    private static void AddSettings(IServiceCollection services)
    {
        services.AddOptions<ClusterSettings>()
            .BindConfiguration(ClusterSettings.Section, static binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        // The store's own error inside ours must not keep the answer from getting through to another process.
        services.Configure<ExceptionSerializationOptions>(static exceptions => exceptions.SupportedExceptionTypeFilter = static _ => true);
        services.AddOptions<HostOptions>().Configure<IOptions<ClusterSettings>>(static (host, settings) => host.StartupTimeout = settings.Value.StartPatience);
    }

    private static void AddStores(IServiceCollection services, StorageChoice choice)
    {
        // Before the engine's own serialiser: the same bytes in every store.
        services.AddSingleton<IGrainStorageSerializer, GrainStateSerializer>();
        if (choice.Kind == StorageKind.Sqlite)
        {
            services.AddSqliteStores([.. DlqGrains.StorageNames]);
            return;
        }

        services.AddRedisLedger();
        if (choice.Letters == LettersKind.Mongo) services.AddMongoDeadLetters();
        else services.AddSharedSqliteLetters();
    }

    private static void AddSilo(IHostApplicationBuilder builder, StorageChoice choice)
    {
        AddName(builder.Services);
        builder.UseOrleans(silo =>
        {
            SiloSetup.Configure(silo);
            if (choice.Kind == StorageKind.Sqlite) SiloSetup.UseOneSilo(silo);
            else SiloSetup.UseRedis(silo);
        });
        AddGrainMeter(builder.Services);
        builder.Services.AddDlqGrains(builder.Configuration);
        if (choice.Kind == StorageKind.Sqlite) BeQuietAtStop(builder);
        else AddOthers(builder.Services);
    }

    private static void AddGrainMeter(IServiceCollection services)
    {
        services.AddSingleton<GrainMeter>();
        services.AddSingleton<IIncomingGrainCallFilter>(static provider => provider.GetRequiredService<GrainMeter>());
        services.AddHostedService(static provider => provider.GetRequiredService<GrainMeter>());
    }

    private static void BeQuietAtStop(IHostApplicationBuilder builder)
    {
        var quiet = new QuietStop();
        builder.Logging.AddFilter(QuietStop.Category, quiet.MayLog);
        builder.Services.AddHostedService(_ => quiet);
    }

    /// <summary>Names this start of this silo, which nothing else is ever named: a breaker numbers what it is told by name.</summary>
    /// <param name="services">The silo's services, before the grains'.</param>
    internal static void AddName(IServiceCollection services) =>
        services.AddSingleton(static provider => new SiloName(provider.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToString()));

    /// <summary>What a silo needs that is one of several.</summary>
    /// <param name="services">The silo's services, after the grains'.</param>
    internal static void AddOthers(IServiceCollection services)
    {
        services.AddOptions<LedgerOptions>().Validate(
            static ledger => !ledger.RecoverAtStart,
            $"{RecoverKey} is true, but a silo that joins a cluster must not take what other silos have in hand. Set it to false, or leave it out.");
        services.AddClusterQueue();
        services.AddSingleton<ISiloCensus, SiloCensus>();
        services.AddSingleton<IStoreHealth, SilosHealth>();
        services.AddSingleton<LocalPartitions>();
        services.AddSingleton<IConfigureGrainContextProvider>(static provider => provider.GetRequiredService<LocalPartitions>());
        services.AddSingleton<PartitionKeeper.Limits>();
        services.AddHostedService<PartitionKeeper>();
    }

    private static void AddClient(IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new SiloName($"{Environment.MachineName}:{Environment.ProcessId} (api)"));
        builder.UseOrleansClient(ClientSetup.Configure);
        builder.Services.AddDlqClient(builder.Configuration);
        builder.Services.AddSingleton<ISiloCensus, ClientCensus>();
        builder.Services.AddSingleton<IStoreHealth, SilosHealth>();
    }
}
