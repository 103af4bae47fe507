using DlqCluster.Cluster.Redis;
using DlqCluster.Hosting;
using DlqCluster.Ledger;
using DlqCluster.Ordering;
using DlqCluster.Storage;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts the Redis ledger and ordering lanes into a host.</summary>
public static class RedisServiceCollectionExtensions
{
    /// <summary>
    /// Registers the ledger, the ordering lanes and the data's layout in Redis, its health and the <see cref="RedisConnection"/> that others may share, with its options from the
    /// configuration section <c>Redis</c>. The host's other services start when Redis answers.
    /// </summary>
    /// <param name="services">The host's services.</param>
    public static IServiceCollection AddRedisLedger(this IServiceCollection services)
    {
        services.AddOptions<RedisOptions>()
            .BindConfiguration(RedisOptions.Section, static binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<RedisConnection>();
        services.AddHostedService(static provider => provider.GetRequiredService<RedisConnection>());
        services.AddSingleton<IStoreHealth, RedisHealth>();
        services.AddSingleton<ILedgerStore, RedisLedgerStore>();
        services.AddSingleton<IDataLayout, RedisDataLayout>();
        services.AddSingleton<IOrderingStore, RedisOrderingStore>();
        services.AddOptions<KeyManagementOptions>().Configure<RedisConnection, IOptions<SecurityOptions>>(static (ring, connection, security) =>
        {
            if (string.IsNullOrEmpty(security.Value.KeyRingDirectory)) ring.XmlRepository = new RedisKeyRing(connection);
        });
        return services;
    }
}
