using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Api.Security;

/// <summary>What clients may hold open, and how slow they may be.</summary>
internal sealed class HttpLimitOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Http";

    /// <summary>Connections that may be open at once, 1 to 1,000,000; one more is closed as soon as it is opened.</summary>
    [Range(1, 1_000_000)] public int MaxConnections { get; set; } = 10_000;

    /// <summary>How long the headers of a request may take to arrive, in milliseconds, 100 to 600,000.</summary>
    [Range(100, 600_000)] public int HeadersTimeoutMs { get; set; } = 30_000;

    /// <summary>How slowly a body may arrive, in bytes a second, 1 to 1,000,000; the connection of a slower one is closed.</summary>
    [Range(1, 1_000_000)] public int MinBodyBytesPerSecond { get; set; } = 240;

    /// <summary>How long a body may be slower than that, in milliseconds, 1,100 to 600,000.</summary>
    [Range(1_100, 600_000)] public int SlowBodyGraceMs { get; set; } = 5_000;
}

/// <summary>Puts the limits into a host.</summary>
internal static class HttpLimits
{
    /// <summary>Adds them.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">Where they are.</param>
    public static IServiceCollection AddHttpLimits(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<HttpLimitOptions>().Bind(configuration.GetSection(HttpLimitOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<HttpLimitOptions>>(static (kestrel, limits) =>
        {
            kestrel.Limits.MaxConcurrentConnections = limits.Value.MaxConnections;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromMilliseconds(limits.Value.HeadersTimeoutMs);
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(limits.Value.MinBodyBytesPerSecond, TimeSpan.FromMilliseconds(limits.Value.SlowBodyGraceMs));
        });
        return services;
    }
}
