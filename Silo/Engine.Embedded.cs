using DlqCluster.Api;
using DlqCluster.Hosting;
using DlqCluster.Sqlite;
using Microsoft.Extensions.Options;

namespace DlqCluster.Silo;

/// <summary>The engine that runs the grains: here the embedded one, in this process.</summary>
internal static class Engine
{
    /// <summary>What it is called.</summary>
    public const string Name = "embedded engine";

    /// <summary>Settings whose defaults are others with this engine.</summary>
    /// <param name="configuration">What is set.</param>
    public static IEnumerable<KeyValuePair<string, string?>> Defaults(IConfiguration configuration) => [];

    /// <summary>Adds the stores, the engine and the grains, in this order.</summary>
    /// <param name="builder">The host.</param>
    public static void Add(WebApplicationBuilder builder)
    {
        builder.Services.AddSqliteStores([.. DlqGrains.StorageNames]);
        builder.Services.AddPartitionCheck();
        builder.UseOrleans(static _ => { });
        builder.Services.AddDlqGrains(builder.Configuration);
    }

    /// <summary>Maps what it answers over HTTP.</summary>
    /// <param name="app">The host.</param>
    public static void Map(WebApplication app) => app.MapDlqApi();

    /// <summary>Where its data is, in a line.</summary>
    /// <param name="app">The host.</param>
    public static string Place(WebApplication app) =>
        "Data directory: " + Path.GetFullPath(app.Services.GetRequiredService<IOptions<SqliteOptions>>().Value.DataDirectory);

    /// <summary>What to try first, behind its address.</summary>
    /// <param name="app">The host.</param>
    public static string Invitation(WebApplication app) => Greeting.Submit;
}
