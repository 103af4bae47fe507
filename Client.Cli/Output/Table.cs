using System.Text.Json;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DlqCluster.Cli.Output;

/// <summary>A column of a table.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Path">The member that it shows; for the tests, which look for it in the API's document.</param>
/// <param name="Value">The text of a row.</param>
internal sealed record Column(string Title, string Path, Func<JsonElement, string> Value)
{
    /// <summary>How soon it is left out where there is not room for all; 0 for never, the highest first.</summary>
    public int LeaveOut { get; init; }

    /// <summary>Whether it takes the room that is left, and is cut to it.</summary>
    public bool Takes { get; init; }

    /// <summary>Whether it is a number, which stands to the right.</summary>
    public bool Right { get; init; }

    /// <summary>Whether its values are states, which have colours.</summary>
    public bool Coloured { get; init; }

    /// <summary>A column that shows a member as it is.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="path">The member.</param>
    public static Column Of(string title, string path) => new(title, path, row => Cell.Text(row, path));

    /// <summary>A column of numbers.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="path">The member.</param>
    public static Column Number(string title, string path) => new(title, path, row => Cell.Find(row, path) is null ? "" : Cell.Number(Cell.Number(row, path))) { Right = true };

    /// <summary>A column of times, as how long ago they were.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="path">The member.</param>
    /// <param name="now">The time now.</param>
    public static Column Ago(string title, string path, DateTimeOffset now) => new(title, path, row => Span.Ago(row, path, now)) { Right = true };
}

/// <summary>Writes rows as wide as the screen and not wider: the least important columns go first, and one column is cut to what is left.</summary>
internal static class Table
{
    private const int Gap = 2;
    private const int LeastTaken = 16;
    private const string Cut = "…";

    /// <summary>Writes a table.</summary>
    /// <param name="screen">Where to.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    public static void Write(Screen screen, IReadOnlyList<JsonElement> rows, params IReadOnlyList<Column> columns)
    {
        foreach (var line in Lines(screen.Width, rows, columns))
        {
            screen.Console.Write(line);
            screen.Console.WriteLine();
        }
    }

    /// <summary>The lines of a table.</summary>
    /// <param name="width">The room.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    public static IEnumerable<IRenderable> Lines(int width, IReadOnlyList<JsonElement> rows, IReadOnlyList<Column> columns)
    {
        var kept = columns.ToList();
        var cells = rows.Select(row => columns.ToDictionary(column => column, column => column.Value(row))).ToList();
        while (kept.Count > 1 && Needed(kept, cells) > width && kept.MaxBy(column => column.LeaveOut) is { LeaveOut: > 0 } least) kept.Remove(least);
        var widths = kept.ToDictionary(column => column, column => Natural(column, cells));
        Shrink(width, kept, widths);
        yield return Line(kept.Select(column => $"[bold]{Fit(column, column.Title, widths[column], last: column == kept[^1])}[/]"));
        foreach (var row in cells)
        {
            yield return Line(kept.Select(column =>
            {
                var text = Fit(column, row[column].Length == 0 ? Cell.Nothing : row[column], widths[column], column == kept[^1]);
                return column.Coloured ? $"[{Cell.Colour(row[column])}]{text}[/]" : text;
            }));
        }
    }

    private static Markup Line(IEnumerable<string> cells) => new(string.Join(new string(' ', Gap), cells));

    private static void Shrink(int width, List<Column> kept, Dictionary<Column, int> widths)
    {
        var tooMuch = widths.Values.Sum() + (Gap * (kept.Count - 1)) - width;
        // First the one that is there for it; then whichever is widest, so that no line is ever broken.
        if (tooMuch > 0 && kept.Find(column => column.Takes) is { } taker)
        {
            var given = Math.Min(tooMuch, Math.Max(0, widths[taker] - LeastTaken));
            widths[taker] -= given;
            tooMuch -= given;
        }

        while (tooMuch-- > 0 && widths.MaxBy(pair => pair.Value) is { Value: > 1 } widest) widths[widest.Key]--;
    }

    private static int Needed(List<Column> kept, List<Dictionary<Column, string>> cells) =>
        kept.Sum(column => column.Takes ? Math.Min(LeastTaken, Natural(column, cells)) : Natural(column, cells)) + (Gap * (kept.Count - 1));

    private static int Natural(Column column, List<Dictionary<Column, string>> cells) =>
        Math.Max(column.Title.Length, cells.Count == 0 ? 0 : cells.Max(row => Math.Max(1, Width(row[column]))));

    private static string Fit(Column column, string text, int width, bool last)
    {
        var space = width - Width(text);
        if (space < 0) return Markup.Escape(Shorten(text, width));
        var padding = new string(' ', space);
        return Markup.Escape(column.Right ? padding + text : last ? text : text + padding);
    }

    private static string Shorten(string text, int width)
    {
        var length = 0;
        var end = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var next = Width(rune.ToString());
            if (length + next > width - 1) break;
            length += next;
            end += rune.Utf16SequenceLength;
        }

        return text[..end] + Cut;
    }

    // Some characters are two columns wide.
    private static int Width(string text) => text.All(char.IsAscii) ? text.Length : new Text(text).GetSegments(AnsiConsole.Console).Sum(segment => segment.CellCount());
}
