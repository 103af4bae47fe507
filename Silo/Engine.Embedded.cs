namespace DlqCluster.Silo;

/// <summary>The engine that runs the grains: here the embedded one, in this process.</summary>
internal static class Engine
{
    /// <summary>What it is called.</summary>
    public const string Name = "embedded engine";

    /// <summary>Adds it.</summary>
    /// <param name="builder">The host.</param>
    public static void Use(WebApplicationBuilder builder) => builder.UseOrleans(static _ => { });
}
