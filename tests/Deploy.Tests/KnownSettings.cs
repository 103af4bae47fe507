using System.Reflection;
using System.Text.RegularExpressions;
using DlqCluster.Api.Settings;

namespace DlqCluster.Deploy.Tests;

/// <summary>The settings that the service knows. It refuses to start with others, so whoever deploys it must name no others.</summary>
internal static partial class KnownSettings
{
    // Read by .NET and by the programs beside the service.
    private static readonly string[] _foreign = ["DOTNET_EnableDiagnostics", "SSL_CERT_FILE", "TMPDIR", "HOME"];
    private static readonly string[] _free = ["Downstreams", "Logging"];

    private static readonly Lazy<HashSet<string>> _known = new(() =>
    {
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "DlqCluster.*.dll")) Assembly.LoadFrom(file);
        return [.. UnknownSettings.Known(), .. OfTheCluster()];
    });

    /// <summary>What is wrong with a variable of a process' environment; null when it is a setting, or one of .NET's.</summary>
    public static string? Problem(string variable)
    {
        if (_foreign.Contains(variable) || SettingAliases.All.Any(alias => alias.Name == variable)) return null;
        var parts = variable.Split("__");
        var isKnown = parts.Length > 1 && (_free.Contains(parts[0]) || _known.Value.Contains($"{parts[0]}:{parts[1]}"));
        return isKnown ? null : $"{variable} is no setting";
    }

    // The other engine is not built here: its settings are read from their sources.
    private static IEnumerable<string> OfTheCluster() =>
        from file in Directory.EnumerateFiles(Path.Combine(Tool.Root, "Cluster"), "*.cs", SearchOption.AllDirectories)
        let source = File.ReadAllText(file)
        let section = Section().Match(source)
        where section.Success
        from property in Property().Matches(source)
        select $"{section.Groups[1].Value}:{property.Groups[1].Value}";

    [GeneratedRegex("public const string Section = \"(\\w+)\";")]
    private static partial Regex Section();

    [GeneratedRegex(@"public [\w?<>]+ (\w+) \{ get; set; \}")]
    private static partial Regex Property();
}
