using System.Globalization;
using DlqCluster.DeadLetters;
using DlqCluster.Sqlite.Engine;

namespace DlqCluster.Sqlite.DeadLetters;

/// <summary>What replay jobs read: from the narrow table of letters alone, never a letter itself.</summary>
internal static class LetterSelections
{
    /// <summary>The next letters of one downstream.</summary>
    public static IReadOnlyList<LetterPlace> Next(Connection db, LetterSelection selection, string target, LetterPlace? after, int limit)
    {
        var select = new LetterSelect(selection.Filter);
        select.Within(selection);
        select.Following(target, after);
        var rest = string.Create(CultureInfo.InvariantCulture, $"ORDER BY created_ms, message_id LIMIT {limit}");
        using var rows = select.Prepare(db, "created_ms, message_id", rest, "letters_by_target");
        var places = new List<LetterPlace>();
        while (rows.Step()) places.Add(new LetterPlace(DateTimeOffset.FromUnixTimeMilliseconds(rows.Int64(0)), rows.Id(1)));
        return places;
    }

    /// <summary>How many letters there are, by downstream and by error type.</summary>
    public static SelectionTally Tally(Connection db, LetterSelection selection, int targets)
    {
        var select = new LetterSelect(selection.Filter);
        select.Within(selection);
        return new SelectionTally(
            Count(db, select, "target", string.Create(CultureInfo.InvariantCulture, $"ORDER BY 1 LIMIT {targets}")),
            Count(db, select, "error_type", "ORDER BY 2 DESC, 1"));
    }

    private static List<NamedCount> Count(Connection db, LetterSelect select, string column, string order)
    {
        using var rows = select.Prepare(db, column + ", count(*)", $"GROUP BY {column} {order}");
        var counts = new List<NamedCount>();
        while (rows.Step()) counts.Add(new NamedCount(rows.Text(0), rows.Int64(1)));
        return counts;
    }
}
