using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>Puts the runtime among the services of the process.</summary>
internal sealed class SiloBuilder : ISiloBuilder
{
    public SiloBuilder(IServiceCollection services, IConfiguration configuration)
    {
        Services = services;
        Configuration = configuration;
        services.AddLogging();
        services.AddOptions();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ITurnScheduler, ThreadPoolTurnScheduler>();
        services.TryAddSingleton<ILocalSiloDetails, LocalSiloDetails>();
        services.TryAddSingleton<EmbeddedRuntime>();
        services.TryAddSingleton<IGrainFactory>(static provider => provider.GetRequiredService<EmbeddedRuntime>());
        services.TryAddSingleton<IClusterClient>(static provider => provider.GetRequiredService<EmbeddedRuntime>());
        services.TryAddSingleton<IGrainRuntime>(static provider => provider.GetRequiredService<EmbeddedRuntime>());
        services.AddHostedService<EmbeddedHostedService>();
    }

    public IServiceCollection Services { get; }

    public IConfiguration Configuration { get; }
}
