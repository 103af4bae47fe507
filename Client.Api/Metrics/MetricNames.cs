using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DlqCluster.Api.Metrics;

/// <summary>Turns names, labels and values of <c>System.Diagnostics.Metrics</c> into those of Prometheus.</summary>
internal static class MetricNames
{
    private const string Total = "_total";
    private const string Count = "_count";
    private const int MaxValueLength = 200;

    /// <summary>
    /// A metric's name. A name that Prometheus would take as it stands is left as it stands; one in OpenTelemetry's style, with dots, gets
    /// its unit and, for a counter, <c>_total</c>, as OpenTelemetry's own rules for Prometheus say.
    /// </summary>
    /// <param name="instrument">The instrument.</param>
    /// <param name="isCounter">Whether it only grows.</param>
    public static string Metric(Instrument instrument, bool isCounter)
    {
        var name = Sanitise(instrument.Name);
        if (name == instrument.Name) return name;
        if (isCounter && name.EndsWith(Total, StringComparison.Ordinal)) name = name[..^Total.Length];
        var unit = Unit(instrument.Unit);
        if (unit.Length > 0 && !name.EndsWith("_" + unit, StringComparison.Ordinal)) name += "_" + unit;
        if (isCounter) return name + Total;
        // With this ending Prometheus takes it for a part of a histogram.
        return name.EndsWith(Count, StringComparison.Ordinal) ? name[..^Count.Length] + "_number" : name;
    }

    /// <summary>The labels as they stand between the braces.</summary>
    /// <param name="tags">The tags.</param>
    /// <param name="isHistogram">Whether <c>le</c> is taken.</param>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags, bool isHistogram) =>
        tags.IsEmpty ? "" : Labels(LabelPairs(tags, isHistogram));

    /// <summary>The labels as they stand between the braces.</summary>
    /// <param name="labels">The labels.</param>
    public static string Labels(IReadOnlyDictionary<string, string> labels)
    {
        var result = new StringBuilder();
        foreach (var (name, value) in labels)
        {
            if (result.Length > 0) result.Append(',');
            result.Append(name).Append("=\"").Append(Escape(value)).Append('"');
        }

        return result.ToString();
    }

    /// <summary>The labels of some tags, sorted, each once; empty ones are as good as absent and left out.</summary>
    /// <param name="tags">The tags.</param>
    /// <param name="isHistogram">Whether <c>le</c> is taken.</param>
    public static IReadOnlyDictionary<string, string> LabelPairs(ReadOnlySpan<KeyValuePair<string, object?>> tags, bool isHistogram)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in tags)
        {
            var text = Text(value);
            if (text.Length > 0) labels[Label(name, isHistogram)] = text;
        }

        return labels;
    }

    /// <summary>What a value in a unit is multiplied by, to be in Prometheus' base unit.</summary>
    /// <param name="unit">The unit.</param>
    public static double Scale(string? unit) => unit switch
    {
        "ms" => 0.001,
        "MB" => 1_000_000,
        _ => 1,
    };

    /// <summary>A help text on one line.</summary>
    /// <param name="text">The text.</param>
    public static string Help(string? text) =>
        (text ?? "").Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Label(string name, bool isHistogram)
    {
        var label = Sanitise(JsonNamingPolicy.SnakeCaseLower.ConvertName(name));
        // Two underscores are Prometheus' own.
        if (label.StartsWith("__", StringComparison.Ordinal)) label = "label" + label;
        return isHistogram && label == "le" ? "exported_le" : label;
    }

    private static string Sanitise(string name)
    {
        if (name.Length == 0) return "_";
        var result = string.Create(name.Length, name, static (span, name) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                // Colons are for recording rules.
                span[i] = char.IsAsciiLetterOrDigit(name[i]) ? name[i] : '_';
            }
        });
        return char.IsAsciiDigit(result[0]) ? "_" + result : result;
    }

    private static string Text(object? value)
    {
        var text = value switch
        {
            null => "",
            string s => s,
            bool b => b ? "true" : "false",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        };
        return text.Length <= MaxValueLength ? text : text[..MaxValueLength];
    }

    private static string Escape(string value) =>
        value.AsSpan().IndexOfAny('\\', '"', '\n') < 0
            ? value
            : value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    // Words in braces say what is counted, not in which unit.
    private static string Unit(string? unit) => unit switch
    {
        null or "" or "1" => "",
        "s" => "seconds",
        "ms" => "seconds",
        "By" or "MB" => "bytes",
        "%" => "percent",
        _ when unit.StartsWith('{') => "",
        _ => Sanitise(unit),
    };
}
