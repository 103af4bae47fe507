using System.Net;
using DlqCluster.Cluster.GrainState;
using DlqCluster.Cluster.Placement;
using DlqCluster.Cluster.Redis;
using DlqCluster.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using Orleans.Storage;

namespace DlqCluster.Cluster.Hosting;

/// <summary>Sets a silo up. docs/cluster.md says why each number is what it is.</summary>
public static class SiloSetup
{
    /// <summary>Orleans' own storage in Redis, behind the names that grains ask for.</summary>
    private const string RedisStorage = "redis";

    /// <summary>The breaker's class: it counts in memory, over windows of up to an hour, and must not forget in between.</summary>
    private const string BreakerClass = "DlqCluster.Breakers.CircuitBreakerGrain";

    /// <summary>
    /// How often a request may find that the activation it was sent to has just gone. Many repeats of one key meet at a message that
    /// deactivates as soon as it is done.
    /// </summary>
    private const int MaxForwards = 16;

    private const int LeastDirectoryCache = 1_000;

    private static readonly TimeSpan _breakerAge = TimeSpan.FromHours(2);
    private static readonly TimeSpan _tableRefresh = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _reminderRefresh = TimeSpan.FromMinutes(1);

    /// <summary>What all silos have in common, with settings from <see cref="ClusterSettings"/>.</summary>
    /// <param name="silo">The silo.</param>
    public static void Configure(ISiloBuilder silo)
    {
        var services = silo.Services;
        Set<ClusterOptions>(services, static (cluster, settings) => (cluster.ClusterId, cluster.ServiceId) = (settings.ClusterId, settings.ServiceId));
        Set<SiloMessagingOptions>(services, static (messaging, settings) =>
            (messaging.ResponseTimeout, messaging.MaxForwardCount) = (settings.ResponseTimeout, MaxForwards));
        Set<ClusterMembershipOptions>(services, Configure);
        Set<GrainCollectionOptions>(services, static (collection, settings) =>
        {
            collection.CollectionAge = settings.IdleAge;
            collection.ClassSpecificCollectionAge[BreakerClass] = _breakerAge;
        });
        Set<ReminderOptions>(services, static (reminders, settings) =>
            (reminders.RefreshReminderListPeriod, reminders.InitializationTimeout) = (_reminderRefresh, settings.StartPatience));
        silo.AddPlacementDirector<SpreadPlacement, SpreadPlacementDirector>();
        services.AddSingleton<PlacementStrategy, SpreadPlacement>();
    }

    /// <summary>One silo that nobody else can join, on the SQLite stores.</summary>
    /// <param name="silo">The silo.</param>
    public static void UseOneSilo(ISiloBuilder silo)
    {
        silo.UseLocalhostClustering().AddReminders();
        // It keeps the whole directory itself, and room for what it knows of that of others is set aside at the start.
        silo.Configure<GrainDirectoryOptions>(static directory => directory.CacheSize = LeastDirectoryCache);
        // Nobody needs to know the ports, so that copies on one machine do not get in each other's way.
        Set<EndpointOptions>(silo.Services, static (endpoint, _) => (endpoint.SiloPort, endpoint.GatewayPort) = (FreePorts.Take(IPAddress.Loopback, 1)[0], 0));
    }

    /// <summary>One of several silos that find each other, and keep their grains' state and reminders, in Redis.</summary>
    /// <param name="silo">The silo.</param>
    public static void UseRedis(ISiloBuilder silo)
    {
        var services = silo.Services;
        services.AddOptions<EndpointOptions>().Configure<IOptions<ClusterSettings>, IOptions<RedisOptions>>(static (endpoint, settings, redis) =>
            Configure(endpoint, settings.Value, redis.Value));
        silo.UseRedisClustering(static _ => { });
        SetFromRedis<RedisClusteringOptions>(services, static (clustering, redis) => clustering.ConfigurationOptions = RedisConnection.Configure(redis));
        silo.UseRedisReminderService(static _ => { });
        SetFromRedis<RedisReminderTableOptions>(services, static (reminders, redis) => reminders.ConfigurationOptions = RedisConnection.Configure(redis));
        services.AddRedisGrainStorage(RedisStorage, static storage => storage.Configure<IOptions<RedisOptions>>(static (options, redis) =>
            (options.ConfigurationOptions, options.DeleteStateOnClear) = (RedisConnection.Configure(redis.Value), true)));
        foreach (var name in DlqGrains.StorageNames)
        {
            services.AddKeyedSingleton<IGrainStorage>(name, static (provider, _) => new RedisGrainStates(
                provider.GetRequiredKeyedService<IGrainStorage>(RedisStorage), provider.GetRequiredService<RedisConnection>()));
        }
    }

    private static void Configure(ClusterMembershipOptions membership, ClusterSettings settings)
    {
        membership.ProbeTimeout = settings.ProbeTimeout;
        membership.NumMissedProbesLimit = settings.MissedProbes;
        membership.IAmAliveTablePublishTimeout = settings.AliveInterval;
        membership.TableRefreshTimeout = _tableRefresh;
        membership.MaxJoinAttemptTime = settings.StartPatience;
    }

    private static void Configure(EndpointOptions endpoint, ClusterSettings settings, RedisOptions redis)
    {
        var address = OwnAddress.Of(settings.AdvertisedAddress, redis.ConnectionString);
        var free = FreePorts.Take(address, 2);
        endpoint.AdvertisedIPAddress = address;
        endpoint.SiloPort = FreePorts.Choose(address, settings.SiloPort, nameof(settings.SiloPort), free[0]);
        endpoint.GatewayPort = FreePorts.Choose(address, settings.GatewayPort, nameof(settings.GatewayPort), free[1]);
    }

    private static void Set<T>(IServiceCollection services, Action<T, ClusterSettings> set)
        where T : class =>
        services.AddOptions<T>().Configure<IOptions<ClusterSettings>>((options, settings) => set(options, settings.Value));

    private static void SetFromRedis<T>(IServiceCollection services, Action<T, RedisOptions> set)
        where T : class =>
        services.AddOptions<T>().Configure<IOptions<RedisOptions>>((options, redis) => set(options, redis.Value));
}
