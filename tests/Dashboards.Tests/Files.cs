using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace DlqCluster.Dashboards.Tests;

/// <summary>The files that are tested.</summary>
internal static partial class Files
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../.."));

    public static string Dashboards => Path.Combine(Root, "dashboards");

    public static string Prometheus => Path.Combine(Dashboards, "prometheus");

    public static string Operations => File.ReadAllText(Path.Combine(Root, "docs/operations.md"));

    /// <summary>The queries of all panels, with the panel's name.</summary>
    public static IEnumerable<(string Panel, string Query)> PanelQueries()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Dashboards, "grafana/dashboards"), "*.json"))
        {
            using var board = JsonDocument.Parse(File.ReadAllText(file));
            foreach (var panel in board.RootElement.GetProperty("panels").EnumerateArray())
            {
                if (!panel.TryGetProperty("targets", out var targets)) continue;
                foreach (var target in targets.EnumerateArray())
                    yield return ($"{Path.GetFileNameWithoutExtension(file)}: {panel.GetProperty("title")}", target.GetProperty("expr").GetString()!);
            }
        }
    }

    /// <summary>The alerts in the rules.</summary>
    public static string[] Alerts() =>
        [.. RuleFiles().SelectMany(static file => Alert().Matches(File.ReadAllText(file))).Select(static alert => alert.Groups[1].Value)];

    public static string[] RuleFiles() => Directory.GetFiles(Path.Combine(Prometheus, "rules"), "*.yml");

    public static string[] RuleTests() => Directory.GetFiles(Path.Combine(Prometheus, "tests"), "*.yml");

    /// <summary>Copies a directory, and changes its texts on the way.</summary>
    public static void Copy(string from, string to, Func<string, string> change)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.WriteAllText(Path.Combine(to, Path.GetFileName(file)), change(File.ReadAllText(file)));
        foreach (var directory in Directory.EnumerateDirectories(from)) Copy(directory, Path.Combine(to, Path.GetFileName(directory)), change);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"^ +- alert: (\w+)$", RegexOptions.Multiline)]
    private static partial Regex Alert();
}
