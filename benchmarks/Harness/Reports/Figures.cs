using DlqCluster.Benchmarks.Measures;

namespace DlqCluster.Benchmarks.Reports;

/// <summary>All figures of all runs.</summary>
internal sealed class Figures
{
    private readonly List<Line> _lines = [];

    /// <summary>The lines, in the order in which they came up.</summary>
    public IReadOnlyList<Line> Lines => _lines;

    /// <summary>Adds a figure of a run.</summary>
    /// <param name="measure">The measure.</param>
    /// <param name="subject">Of whom.</param>
    /// <param name="figure">The figure.</param>
    public void Add(string measure, string subject, Figure figure)
    {
        var line = _lines.Find(line => line.Measure == measure && line.Name == figure.Name);
        if (line is null) _lines.Add(line = new Line(measure, figure.Name, figure.MoreIsBetter, []));
        if (!line.Values.TryGetValue(subject, out var values)) line.Values[subject] = values = [];
        values.Add(figure.Value);
    }

    /// <summary>How many messages were lost in all.</summary>
    public double Lost() =>
        _lines.Where(static line => line.Name.EndsWith(": lost", StringComparison.Ordinal)).Sum(static line => line.Values.Values.Sum(static values => values.Sum()));
}

/// <summary>A figure of all subjects and runs.</summary>
internal sealed record Line(string Measure, string Name, bool? MoreIsBetter, Dictionary<string, List<double>> Values)
{
    /// <summary>The median of a subject's runs; null when it was not measured.</summary>
    /// <param name="subject">The subject.</param>
    public double? Median(string subject)
    {
        if (!Values.TryGetValue(subject, out var values)) return null;
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The median of the best of some subjects.</summary>
    /// <param name="subjects">The subjects.</param>
    public double? Best(IEnumerable<string> subjects)
    {
        var medians = subjects.Select(Median).OfType<double>().ToList();
        if (medians.Count == 0 || MoreIsBetter is null) return null;
        return MoreIsBetter.Value ? medians.Max() : medians.Min();
    }
}
