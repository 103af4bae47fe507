using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace DlqCluster.Api.Tests.Logging;

/// <summary>Each kind of log message has an id of its own, and operations.md lists it: alerts and searches may rely on it.</summary>
[Trait("Spec", "OB2")]
public sealed partial class LogDocumentTests
{
    [Fact]
    public void Every_kind_of_message_has_an_id_of_its_own_that_the_document_lists()
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../.."));
        var found = new List<string>();
        foreach (var folder in new[] { "Client.Api", "Silo", "Grains", "Sqlite", "Cluster", "Embedded" })
            foreach (var file in Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories)) found.AddRange(Kinds(File.ReadAllText(file), file));

        var documented = Row().Matches(File.ReadAllText(Path.Combine(root, "docs/operations.md"))).Select(static row => row.Value).ToArray();
        Assert.True(found.Count > 40);
        Assert.Equal(found.Select(Id).Order(), found.Select(Id).Distinct().Order());
        Assert.Equal(found.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Kinds(string code, string file)
    {
        var kinds = Kind().Matches(code);
        Assert.True(code.Split("[LoggerMessage(").Length - 1 == kinds.Count, $"{file}: a log message begins with its event id and its level, as in [LoggerMessage(1001, LogLevel.Warning, …)].");
        return kinds.Select(static kind => $"| {kind.Groups["id"].Value} | {kind.Groups["level"].Value.ToLowerInvariant()} | `{kind.Groups["name"].Value}` |");
    }

    private static int Id(string row) => int.Parse(row.Split('|')[1], CultureInfo.InvariantCulture);

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex("""\[LoggerMessage\((?<id>\d+), LogLevel\.(?<level>\w+),.*?\)\]\s+private (static )?partial void Log(?<name>\w+)\(""", RegexOptions.Singleline)]
    private static partial Regex Kind();

    [GeneratedRegex(@"^\| \d{4} \| \w+ \| `\w+` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
