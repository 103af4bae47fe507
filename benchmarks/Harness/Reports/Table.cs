using System.Globalization;
using System.Text;

namespace DlqCluster.Benchmarks.Reports;

/// <summary>The figures as a Markdown table: medians with their spread, and ratios.</summary>
internal static class Table
{
    private static readonly string[] _rivals = ["bullmq", "bull", "bullmq-always", "bull-always"];

    /// <summary>Renders it.</summary>
    /// <param name="results">The figures.</param>
    /// <param name="subjects">The subjects, ours first.</param>
    /// <param name="setting">Where they were taken.</param>
    public static string Render(Figures results, IReadOnlyList<string> subjects, Setting setting)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{setting.At:u}, {setting.Processor}, {setting.System}");
        text.AppendLine(CultureInfo.InvariantCulture, $"fsync {setting.FsyncMs:F2} ms, load average before {setting.LoadBefore:F2}, after {setting.LoadAfter:F2}");
        text.AppendLine("Median [least – greatest] of the runs; × is the first column divided by the ceiling, by the better rival, and by the build before.");
        foreach (var group in results.Lines.GroupBy(static line => line.Measure))
        {
            List<List<string>> rows = [["" + group.Key, .. subjects, "× ceiling", "× rival", "× before"]];
            rows.AddRange(group.Select(line => Row(line, subjects)));
            text.AppendLine();
            Append(text, rows);
        }

        return text.ToString();
    }

    private static List<string> Row(Line line, IReadOnlyList<string> subjects) =>
    [
        line.Name,
        .. subjects.Select(subject => Cell(line, subject)),
        Ratio(line.Median(subjects[0]), line.MoreIsBetter is null ? null : line.Median("ceiling")),
        Ratio(line.Median(subjects[0]), line.Best(_rivals)),
        Ratio(line.Median(subjects[0]), line.Median("before")),
    ];

    private static string Cell(Line line, string subject)
    {
        if (line.Median(subject) is not { } median) return "–";
        var values = line.Values[subject];
        return values.Count == 1 ? Number(median) : $"{Number(median)} [{Number(values.Min())} – {Number(values.Max())}]";
    }

    private static string Ratio(double? ours, double? theirs) =>
        ours is { } a && theirs is { } b && b > 0 ? (a / b).ToString("F2", CultureInfo.InvariantCulture) : "";

    private static string Number(double value) =>
        value.ToString(Math.Abs(value) >= 100 ? "N0" : Math.Abs(value) >= 10 ? "F1" : value == 0 ? "0" : "F2", CultureInfo.InvariantCulture);

    private static void Append(StringBuilder text, List<List<string>> rows)
    {
        // Columns that say nothing, such as a ratio to who was not there, are left out.
        var kept = Enumerable.Range(0, rows[0].Count).Where(column => rows.Skip(1).Any(row => row[column].Length > 0)).ToList();
        var widths = kept.ConvertAll(column => rows.Max(row => row[column].Length));
        for (var i = 0; i < rows.Count; i++)
        {
            var cells = kept.Select((column, at) => at == 0 ? rows[i][column].PadRight(widths[at]) : rows[i][column].PadLeft(widths[at]));
            text.AppendLine("| " + string.Join(" | ", cells) + " |");
            if (i == 0) text.AppendLine("|" + string.Join("|", widths.Select((width, at) => at == 0 ? new string('-', width + 2) : new string('-', width + 1) + ":")) + "|");
        }
    }
}
