using System.Globalization;
using System.Text.Json;
using DlqCluster.Cli.Output;
using Spectre.Console;
using Spectre.Console.Rendering;
using Column = DlqCluster.Cli.Output.Column;
using Table = DlqCluster.Cli.Output.Table;

namespace DlqCluster.Cli.Commands;

/// <summary>Draws a look at the service.</summary>
internal static class WatchPicture
{
    private const string Bars = "▁▂▃▄▅▆▇█";
    private const int NameWidth = 14;
    private const int NumberWidth = 11;
    private const int MostBreakers = 8;

    /// <summary>The columns of the breakers.</summary>
    public static IReadOnlyList<Column> BreakerColumns { get; } =
    [
        Column.Of("BREAKER", "name") with { Takes = true },
        Column.Of("STATE", "state") with { Coloured = true },
        Column.Of("MODE", "mode"),
        new Column("FAILED", "failureRatio", row => Cell.Percent(row, "failureRatio")) { Right = true },
    ];

    /// <summary>Draws it.</summary>
    /// <param name="look">The look.</param>
    /// <param name="now">The time now.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Lines.</param>
    public static IRenderable Of(Look look, DateTimeOffset now, int width, int height)
    {
        var lines = new List<IRenderable>
        {
            Line($"[bold]dlq watch[/]  {Cell.State(Cell.Text(look.System, "status"))}{(Cell.Text(look.System, "deliveryPaused") == "yes" ? "  [yellow]delivery is paused[/]" : "")}  [grey]{now.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture)}Z, Ctrl-C ends[/]"),
            Line(" "),
        };
        lines.AddRange(Rates(look, width));
        lines.Add(Line(" "));
        lines.AddRange(Queue(look.System, now));
        lines.Add(Line(" "));
        var breakers = Cell.List(look.System, "breakers").OrderBy(breaker => Cell.Text(breaker, "state") == "CLOSED").Take(MostBreakers).ToArray();
        if (breakers.Length > 0) lines.AddRange(Table.Lines(width, breakers, BreakerColumns));
        // A picture that is higher than the terminal would scroll away under itself.
        return new Rows(lines.Take(Math.Max(3, height - 1)));
    }

    private static IEnumerable<IRenderable> Rates(Look look, int width)
    {
        foreach (var (name, member, colour) in new[]
        {
            ("accepted", "accepted", "cyan"), ("delivered", "delivered", "green"), ("retried", "retried", "yellow"),
            ("dead-lettered", "deadLettered", "red"), ("resolved", "resolved", "green"),
        })
        {
            var now = look.Rates is { } rates ? Cell.Number(rates, member) : 0;
            var room = Math.Clamp(width - NameWidth - NumberWidth - 4, 0, 60);
            var history = look.History.Skip(Math.Max(0, look.History.Count - room)).Select(point => Cell.Number(point, member)).ToArray();
            yield return Line($"{name.PadRight(NameWidth)}{Cell.Number(Math.Round(now, 1)).PadLeft(NumberWidth - 2)}/s  [{colour}]{Spark(history)}[/]");
        }
    }

    private static string Spark(double[] values)
    {
        var most = values.Length == 0 ? 0 : values.Max();
        return string.Concat(values.Select(value => most <= 0 ? Bars[0] : Bars[(int)Math.Clamp(Math.Ceiling(value / most * (Bars.Length - 1)), 0, Bars.Length - 1)]));
    }

    private static IEnumerable<IRenderable> Queue(JsonElement system, DateTimeOffset now)
    {
        string Of(string path) => Cell.Number(Cell.Number(system, path));
        yield return Line($"[bold]Queue[/]         waiting {Of("queue.waiting")}  under way {Of("queue.active")}  parked {Of("queue.parked")}  behind {Of("ordering.behind")}  later {Of("queue.delayed")}");
        yield return Line($"              most overdue {Span.Short(TimeSpan.FromMilliseconds(Cell.Number(system, "queue.greatestLatenessMs")))}");
        var statuses = Cell.Find(system, "dlq.byStatus") is { } by
            ? string.Join("  ", by.EnumerateObject().Where(status => status.Value.GetInt64() > 0).Select(status => $"{status.Name.Replace("dlq_", "", StringComparison.Ordinal)} {Cell.Number(status.Value.GetDouble())}"))
            : "";
        yield return Line($"[bold]Dead letters[/]  {Of("dlq.total")}  {Cell.Safe(statuses)}");
        var oldest = Span.Ago(system, "dlq.oldestPending", now);
        var types = string.Join("  ", Cell.List(system, "dlq.topErrorTypes").Take(3).Select(type => $"{Cell.Text(type, "name")} {Cell.Text(type, "count")}"));
        yield return Line($"              {(oldest.Length > 0 ? $"oldest {oldest}  " : "")}{Cell.Safe(types)}");
    }

    private static Markup Line(string markup) => new(markup) { Overflow = Overflow.Ellipsis };
}
