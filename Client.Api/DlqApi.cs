using DlqCluster.Api.Apis;
using DlqCluster.Api.Audit;
using DlqCluster.Api.Consoles;
using DlqCluster.Api.DeadLetters;
using DlqCluster.Api.Health;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Live;
using DlqCluster.Api.Metrics;
using DlqCluster.Api.Problems;
using DlqCluster.Api.Replays;
using DlqCluster.Api.Security;
using DlqCluster.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DlqCluster.Api;

/// <summary>The HTTP API: what a host adds, puts into its pipeline and maps.</summary>
public static class DlqApi
{
    /// <summary>Adds the API's services. The host adds the grains (<c>AddDlqGrains</c>), their stores and the engine.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The host's configuration: sections <c>Metrics</c>, <c>Live</c> and <c>Console</c>.</param>
    public static IServiceCollection AddDlqApi(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<MetricsOptions>().Bind(configuration.GetSection(MetricsOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.ConfigureHttpJsonOptions(json =>
        {
            ApiJson.Configure(json.SerializerOptions);
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Context);
        });
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IntakeGate>().AddSingleton<MessageRules>().AddSingleton<Targets>().AddSingleton<MessageIntake>().AddSingleton<BatchIntake>();
        services.AddApiDocument();
        services.AddSingleton<LetterDesk>().AddSingleton<LetterImport>();
        services.AddSingleton<IStoreHealth, DlqHealth>();
        services.AddOptions<LiveOptions>().Bind(configuration.GetSection(LiveOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ConsoleOptions>().Bind(configuration.GetSection(ConsoleOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<RateHistory>().AddHostedService(provider => provider.GetRequiredService<RateHistory>());
        services.AddSingleton<LiveFeed>().AddSingleton<Trials>().AddSingleton<ConsoleFiles>();
        services.AddSingleton<AccessKeys>().AddSingleton<FailedTries>().AddSingleton<LocalAccess>().AddSingleton<Credentials>().AddSingleton<Sessions>().AddSingleton<AccessGuard>();
        services.AddSecretBox(configuration).AddHttpLimits(configuration);
        services.AddSingleton<AuditTrail>().AddHostedService<AuditKeeper>();
        services.AddSingleton<ReplayDesk>();
        services.AddSingleton<StoreChecks>().AddSingleton<ProcessHealth>().AddSingleton<HeldLanes>().AddSingleton<SystemHealth>();
        // Another engine may bring another one.
        services.AddSingleton<IMetricsExporter, TextExporter>();
        services.AddSingleton<MetricsCollector>();
        services.AddHostedService(provider => provider.GetRequiredService<MetricsCollector>());
        services.AddHostedService<ProcessMetrics>();
        return services;
    }

    /// <summary>Adds what of the API needs the grains when it starts. The host adds it behind the engine.</summary>
    /// <param name="services">The host's services.</param>
    public static IServiceCollection AddDlqApiStartup(this IServiceCollection services) =>
        services.AddHostedService(provider => provider.GetRequiredService<AccessKeys>());

    /// <summary>
    /// Gives every refusal of what follows a problem document, and lets nobody through to an endpoint who may not use it. Put it first into
    /// the pipeline.
    /// </summary>
    /// <param name="app">The pipeline.</param>
    public static IApplicationBuilder UseDlqApi(this IApplicationBuilder app) =>
        app.UseTrustedProxies().UseSafeHeaders().UseMiddleware<ProblemMiddleware>().UseMiddleware<AccessMiddleware>().UseMiddleware<RateLimitMiddleware>();

    /// <summary>Maps the API's endpoints.</summary>
    /// <param name="routes">Where to.</param>
    public static IEndpointRouteBuilder MapDlqApi(this IEndpointRouteBuilder routes)
    {
        var roles = routes.MapGroup("").WithRoles();
        MessagesApi.Map(roles);
        ConversationsApi.Map(roles);
        NotificationsApi.Map(roles);
        DeadLettersApi.Map(roles);
        LetterActsApi.Map(roles);
        ReplaysApi.Map(roles);
        LetterGroupsApi.Map(roles);
        LetterTransferApi.Map(roles);
        BreakersApi.Map(roles);
        DownstreamsApi.Map(roles);
        OrderingApi.Map(roles);
        AdminApi.Map(roles);
        BackupApi.Map(roles);
        AuditApi.Map(roles);
        DownstreamActsApi.Map(roles);
        ActorsApi.Map(roles);
        SettingsApi.Map(roles);
        LiveApi.Map(roles);
        KeysApi.Map(roles);
        SessionApi.Map(roles);
        ApiDocument.Map(routes);
        ConsolePages.Map(routes);
        return routes.MapDlqHealth();
    }

    /// <summary>Maps health and metrics alone, for a process that leaves the rest of the API to others.</summary>
    /// <param name="routes">Where to.</param>
    public static IEndpointRouteBuilder MapDlqHealth(this IEndpointRouteBuilder routes)
    {
        var roles = routes.MapGroup("").WithRoles();
        HealthApi.Map(roles);
        MetricsApi.Map(roles);
        return routes;
    }
}
