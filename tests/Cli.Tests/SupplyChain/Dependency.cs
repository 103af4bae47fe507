namespace DlqCluster.Cli.Tests.SupplyChain;

/// <summary>A package of somebody else.</summary>
/// <param name="Use">Where it is used, in the words of the list.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Licence">Its licence, as an SPDX expression.</param>
internal sealed record Dependency(string Use, string Name, string Version, string Licence)
{
    /// <summary>In what a user of the service gets.</summary>
    public const string Shipped = "Service and command line (NuGet)";

    /// <summary>In the pages that a user's browser loads.</summary>
    public const string ShippedPages = "Web console (npm)";

    /// <summary>Named for the engine that cannot be restored everywhere.</summary>
    public const string OrleansEngine = "Orleans engine (NuGet; those that are named, without what they bring along)";

    /// <summary>Only on the machine that builds or tests.</summary>
    public const string Building = "Building, tests, benchmarks (NuGet)";

    /// <summary>Only on the machine that builds or tests.</summary>
    public const string BuildingPages = "Building, tests, benchmarks (npm)";

    public static IReadOnlyList<string> Uses { get; } = [Shipped, ShippedPages, OrleansEngine, Building, BuildingPages];

    /// <summary>Whether it reaches users.</summary>
    public bool IsShipped => Use is Shipped or ShippedPages or OrleansEngine;

    public string Row => $"| {Name} | {Version} | {Licence} |";
}
