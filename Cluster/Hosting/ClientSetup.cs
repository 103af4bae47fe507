using DlqCluster.Cluster.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Clustering.Redis;
using Orleans.Configuration;

namespace DlqCluster.Cluster.Hosting;

/// <summary>Sets an API process up as a client of the silos.</summary>
internal static class ClientSetup
{
    /// <summary>How soon a silo that was added gets its share of the calls.</summary>
    private static readonly TimeSpan _gatewayRefresh = TimeSpan.FromSeconds(10);

    /// <summary>Sets it up, with settings from <see cref="ClusterSettings"/>.</summary>
    /// <param name="client">The client.</param>
    public static void Configure(IClientBuilder client)
    {
        var services = client.Services;
        services.AddOptions<ClusterOptions>().Configure<IOptions<ClusterSettings>>(static (cluster, settings) =>
            (cluster.ClusterId, cluster.ServiceId) = (settings.Value.ClusterId, settings.Value.ServiceId));
        services.AddOptions<ClientMessagingOptions>().Configure<IOptions<ClusterSettings>>(static (messaging, settings) =>
            messaging.ResponseTimeout = settings.Value.ResponseTimeout);
        services.Configure<GatewayOptions>(static gateways => gateways.GatewayListRefreshPeriod = _gatewayRefresh);
        client.UseRedisClustering(static _ => { });
        services.AddOptions<RedisClusteringOptions>().Configure<IOptions<RedisOptions>>(static (clustering, redis) =>
            clustering.ConfigurationOptions = RedisConnection.Configure(redis.Value));
        client.UseConnectionRetryFilter<SiloAwaiter>();
    }
}

/// <summary>Keeps a client trying until there is a silo, or the host's patience with the start ends.</summary>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class SiloAwaiter(TimeProvider time, ILogger<SiloAwaiter> logger) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        LogWaiting(exception.Message);
        await Task.Delay(_pause, time, cancellationToken).ConfigureAwait(false);
        return true;
    }

    [LoggerMessage(7001, LogLevel.Warning, "Waiting for a silo. {Reason}")]
    private partial void LogWaiting(string reason);
}
