using System.Text.Json;

namespace DlqCluster.Cli.Output;

/// <summary>Says what of a list is not shown.</summary>
internal static class Pages
{
    /// <summary>Writes a table, and below it how many there are and how to see more.</summary>
    /// <param name="screen">Where to.</param>
    /// <param name="answer">A page.</param>
    /// <param name="what">What is listed, in the plural.</param>
    /// <param name="columns">The columns.</param>
    public static void Write(Screen screen, JsonElement answer, string what, params IReadOnlyList<Column> columns)
    {
        var rows = Cell.List(answer);
        if (rows.Count == 0)
        {
            screen.Line($"No {what}.");
            return;
        }

        Table.Write(screen, rows, columns);
        var cursor = Cell.Text(answer, "nextCursor");
        var total = Cell.Number(answer, "total");
        var page = (int)Cell.Number(answer, "page");
        if (cursor.Length > 0) screen.Hint($"{Of(rows.Count, total)} {what}. More: --cursor {Cell.Clean(cursor)}");
        else if (page > 0 && total > page * Cell.Number(answer, "pageSize")) screen.Hint($"{Of(rows.Count, total)} {what}. More: --page {page + 1}");
    }

    private static string Of(int shown, double total) => total > 0 ? $"{Cell.Number(shown)} of {Cell.Number(total)}" : Cell.Number(shown);
}
