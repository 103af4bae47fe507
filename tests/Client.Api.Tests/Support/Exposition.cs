using System.Globalization;
using System.Text.RegularExpressions;

namespace DlqCluster.Api.Tests.Support;

/// <summary>Reads Prometheus' text format as strictly as Prometheus does, and more.</summary>
internal sealed partial class Exposition
{
    private static readonly string[] _knownTypes = ["counter", "gauge", "histogram"];

    private readonly Dictionary<string, double> _samples = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);
    private readonly HashSet<string> _helped = new(StringComparer.Ordinal);

    private Exposition()
    {
    }

    public IReadOnlyDictionary<string, string> Types => _types;

    public IReadOnlyDictionary<string, double> Samples => _samples;

    public double this[string series] => _samples[series];

    /// <summary>The sum over all series of a metric.</summary>
    public double Sum(string name) => _samples.Where(sample => sample.Key == name || sample.Key.StartsWith(name + "{", StringComparison.Ordinal)).Sum(sample => sample.Value);

    public static Exposition Parse(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var result = new Exposition();
        var current = "";
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal)) Assert.True(result._helped.Add(line.Split(' ')[2]), "HELP twice: " + line);
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal)) current = result.ReadType(line);
            else result.ReadSample(line, current);
        }

        return result;
    }

    private string ReadType(string line)
    {
        var parts = line.Split(' ');
        Assert.True(_types.TryAdd(parts[2], parts[3]), "TYPE twice: " + line);
        Assert.Contains(parts[3], _knownTypes);
        return parts[2];
    }

    private void ReadSample(string line, string family)
    {
        var match = Sample().Match(line);
        Assert.True(match.Success, "not a sample: " + line);
        var name = match.Groups["name"].Value;
        var belongs = _types[family] == "histogram" ? name[family.Length..] is "_bucket" or "_sum" or "_count" : name == family;
        Assert.True(belongs, $"{name} stands under {family}");
        var text = match.Groups["value"].Value;
        var value = text switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            _ => double.Parse(text, CultureInfo.InvariantCulture),
        };
        Assert.True(_samples.TryAdd(name + match.Groups["labels"].Value, value), "series twice: " + line);
    }

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?<labels>\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\[\\"n])*",?)+\})? (?<value>\S+)$""")]
    private static partial Regex Sample();
}
