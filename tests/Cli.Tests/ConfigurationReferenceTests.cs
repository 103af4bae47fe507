using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace DlqCluster.Cli.Tests;

/// <summary>The configuration reference is made of the options classes: their names, defaults and docstrings.</summary>
public sealed partial class ConfigurationReferenceTests
{
    private const string Header = "| setting | default | meaning |\n|---|---|---|\n";

    private static readonly string _file = Path.Combine(Repository.Root, "docs/configuration.md");

    [Fact]
    [Trait("Spec", "OP1")]
    public void Each_table_in_the_reference_is_what_its_options_class_says()
    {
        var text = File.ReadAllText(_file);
        var made = Sections().Aggregate(text, (document, section) => Put(document, section.Key, Header + string.Concat(section.Value.Select(row => row + "\n"))));
        if (Environment.GetEnvironmentVariable("DLQ_UPDATE_CONTRACTS") == "1") File.WriteAllText(_file, made);

        Assert.True(File.ReadAllText(_file) == made, $"docs/configuration.md is out of date: run this test with DLQ_UPDATE_CONTRACTS=1 and commit it. {Difference(text, made)}");
    }

    private static SortedDictionary<string, List<string>> Sections()
    {
        var sections = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var assembly in new[] { "DlqCluster.Grains", "DlqCluster.Client.Api", "DlqCluster.Sqlite", "DlqCluster.Silo" }.Select(Assembly.Load))
        {
            var words = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value, StringComparer.Ordinal);
            foreach (var type in assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.Name.EndsWith("Options", StringComparison.Ordinal)))
            {
                if (type.GetField("Section", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)?.GetRawConstantValue() is not string section) continue;
                var defaults = Activator.CreateInstance(type)!;
                var rows = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(IsSetting)
                    .Select(property => Row(section, property, defaults, words.GetValueOrDefault($"P:{type.FullName}.{property.Name}")));
                sections.TryAdd(section, []);
                sections[section].AddRange(rows);
            }
        }

        Assert.True(sections.Count > 12, string.Join(' ', sections.Keys));
        return sections;
    }

    // What is computed from others is none.
    private static bool IsSetting(PropertyInfo property) => property.SetMethod is not null || typeof(IEnumerable).IsAssignableFrom(property.PropertyType);

    private static string Row(string section, PropertyInfo property, object defaults, XElement? words)
    {
        var summary = words?.Element("summary") ?? throw new InvalidOperationException($"{section}:{property.Name} has no docstring.");
        return $"| `{section}:{property.Name}` | {(property.SetMethod is null ? "none" : Default(property.GetValue(defaults)))} | {Words(summary)} |";
    }

    private static string Words(XElement summary) => Spaces().Replace(string.Concat(summary.Nodes().Select(node => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" } see => $"`{see.Attribute("cref")!.Value.Split('.')[^1]}`",
        XElement other => other.Value,
        _ => "",
    })), " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);

    private static string Default(object? value) => value switch
    {
        null or "" => "none",
        bool yes => yes ? "true" : "false",
        string text => text,
        TimeSpan span => Span(span),
        Enum word => char.ToLowerInvariant(word.ToString()[0]) + word.ToString()[1..],
        int or long => string.Create(CultureInfo.InvariantCulture, $"{value:N0}"),
        double number => number.ToString("#,0.##", CultureInfo.InvariantCulture),
        IEnumerable => "see below",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Span(TimeSpan span) => span switch
    {
        { TotalDays: >= 2 } when span.TotalDays == Math.Floor(span.TotalDays) => $"{span.TotalDays} days",
        { TotalHours: >= 1 } when span.TotalHours == Math.Floor(span.TotalHours) => $"{span.TotalHours} hours",
        { TotalMinutes: >= 1 } when span.TotalMinutes == Math.Floor(span.TotalMinutes) => $"{span.TotalMinutes} minutes",
        _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds} seconds"),
    };

    // Only the table is made; the words around it are somebody's.
    private static string Put(string document, string section, string table)
    {
        var heading = document.IndexOf($"\n## {section}\n", StringComparison.Ordinal);
        if (heading < 0) return $"{document.TrimEnd()}\n\n## {section}\n\n{table}";
        var rest = document.IndexOf("\n## ", heading + 1, StringComparison.Ordinal);
        var chapter = rest < 0 ? document[heading..] : document[heading..rest];
        return document[..heading] + Table().Replace(chapter, _ => table, 1) + (rest < 0 ? "" : document[rest..]);
    }

    private static string Difference(string before, string after)
    {
        var known = before.Split('\n').ToHashSet(StringComparer.Ordinal);
        return string.Join('\n', after.Split('\n').Where(line => !known.Contains(line)).Take(5));
    }

    [GeneratedRegex(@"\| setting \| default \| meaning \|\n(\|.*\n?)+")]
    private static partial Regex Table();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
