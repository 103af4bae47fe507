using DlqCluster.Api;
using DlqCluster.Api.Security;
using DlqCluster.Cluster.Hosting;
using DlqCluster.Cluster.Redis;
using DlqCluster.Security;
using DlqCluster.Sqlite;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace DlqCluster.Silo;

/// <summary>The engine that runs the grains: here Orleans, as one silo on SQLite or as a process of a cluster.</summary>
internal static class Engine
{
    /// <summary>What it is called.</summary>
    public const string Name = "Orleans";

    private const string DashboardPath = "/orleans";

    /// <summary>Settings whose defaults are others with this engine.</summary>
    /// <param name="configuration">What is set.</param>
    public static IEnumerable<KeyValuePair<string, string?>> Defaults(IConfiguration configuration) =>
        DlqClusterHost.Defaults(StorageChoice.Read(configuration));

    /// <summary>Adds the stores, the engine and the grains, in this order.</summary>
    /// <param name="builder">The host.</param>
    public static void Add(WebApplicationBuilder builder)
    {
        var choice = StorageChoice.Read(builder.Configuration);
        var process = new ClusterProcess(choice, DlqClusterHost.RoleOf(builder.Configuration, choice));
        builder.Services.AddSingleton(process);
        builder.AddDlqCluster(choice, process.Role);
        if (process.Role == ClusterRole.Api) builder.UseOrleansClient(static client => client.AddDashboard());
        else builder.UseOrleans(static silo => silo.AddDashboard());
    }

    /// <summary>Maps what it answers over HTTP.</summary>
    /// <param name="app">The host.</param>
    public static void Map(WebApplication app)
    {
        if (app.Services.GetRequiredService<ClusterProcess>().Role == ClusterRole.Silo) app.MapDlqHealth();
        else app.MapDlqApi();
        // Orleans' own: no part of our API, nor of its document.
        app.MapOrleansDashboard(DashboardPath).Needs(AccessRole.Read).ExcludeFromDescription();
    }

    /// <summary>Where its data is, and its place among the others, in a line.</summary>
    /// <param name="app">The host.</param>
    public static string Place(WebApplication app)
    {
        var process = app.Services.GetRequiredService<ClusterProcess>();
        if (process.Choice.Kind == StorageKind.Sqlite) return "Data directory: " + DirectoryOf(app);
        var cluster = app.Services.GetRequiredService<IOptions<ClusterSettings>>().Value.ClusterId;
        var letters = process.Choice.Letters == LettersKind.Mongo ? "MongoDB" : DirectoryOf(app);
        var redis = app.Services.GetRequiredService<RedisConnection>().Endpoints;
        return $"Cluster {cluster}, {PartOf(app, process.Role)}, on Redis at {redis}, dead letters in {letters}";
    }

    /// <summary>What to try first, behind its address.</summary>
    /// <param name="app">The host.</param>
    public static string Invitation(WebApplication app) =>
        app.Services.GetRequiredService<ClusterProcess>().Role == ClusterRole.Silo ? "/api/health" : Greeting.Submit;

    private static string PartOf(WebApplication app, ClusterRole role)
    {
        if (role == ClusterRole.Api) return "API";
        var endpoint = app.Services.GetRequiredService<IOptions<EndpointOptions>>().Value;
        return $"silo {endpoint.AdvertisedIPAddress}:{endpoint.SiloPort}, gateway {endpoint.GatewayPort}{(role == ClusterRole.All ? ", API" : "")}";
    }

    private static string DirectoryOf(WebApplication app) =>
        Path.GetFullPath(app.Services.GetRequiredService<IOptions<SqliteOptions>>().Value.DataDirectory);

    private sealed record ClusterProcess(StorageChoice Choice, ClusterRole Role);
}
