namespace DlqCluster.Api.Consoles;

/// <summary>The web console.</summary>
internal sealed class ConsoleOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Console";

    /// <summary>Whether the web console is served at <c>/</c>.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The directory of the built console, relative to the program's own.</summary>
    public string Directory { get; set; } = "console";
}
