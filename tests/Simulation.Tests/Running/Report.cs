using System.Globalization;
using System.Text;
using DlqCluster.Simulation.Bugs;

namespace DlqCluster.Simulation.Running;

/// <summary>Says what went wrong, and how to see it again.</summary>
internal static class Report
{
    /// <summary>A report on a run in which a promise was broken, with the smallest workload that still breaks it.</summary>
    public static string On(Outcome failing, Bug bug)
    {
        var small = Shrinker.Shrink(failing, bug);
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Seed {failing.Plan.Seed} breaks a promise. {failing.Failure}");
        text.AppendLine(CultureInfo.InvariantCulture, $"See it again (trace {failing.Hash}): {Command(failing, bug, null)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"With {small.Plan.Acts.Count} acts of {failing.Plan.Acts.Count} (trace {small.Hash}): {Command(small, bug, small.Plan.Acts.Select(static act => act.Number))}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  {small.Failure}");
        foreach (var act in small.Plan.Acts) text.AppendLine(CultureInfo.InvariantCulture, $"  {act}");
        return text.ToString();
    }

    private static string Command(Outcome outcome, Bug bug, IEnumerable<int>? kept)
    {
        var options = kept is null ? "" : $" --keep {string.Join(',', kept)}";
        if (bug != Bug.None) options += $" --bug {bug.Name}";
        return $"dotnet run -c Release --project tests/Simulation.Tests -- --seed {outcome.Plan.Seed}{options} --trace";
    }
}
