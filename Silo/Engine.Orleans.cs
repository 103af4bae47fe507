namespace DlqCluster.Silo;

/// <summary>The engine that runs the grains: here real Orleans, one silo.</summary>
internal static class Engine
{
    /// <summary>What it is called.</summary>
    public const string Name = "Orleans";

    /// <summary>Adds it.</summary>
    /// <param name="builder">The host.</param>
    public static void Use(WebApplicationBuilder builder) => builder.UseOrleans(static silo => silo.UseLocalhostClustering().AddReminders());
}
