using System.Globalization;
using DlqCluster.DeadLetters;
using DlqCluster.Sqlite.Engine;

namespace DlqCluster.Sqlite.DeadLetters;

/// <summary>Reads pages of letters.</summary>
internal static class LetterPages
{
    private static readonly Sql _body = new("SELECT json FROM letter_bodies WHERE id = ?1");

    /// <summary>Reads a page.</summary>
    /// <param name="db">The connection, in a transaction.</param>
    /// <param name="query">Which.</param>
    /// <param name="cursor">The query's cursor.</param>
    public static LetterPage Read(Connection db, LetterQuery query, LetterCursor? cursor) => Read(db, query, cursor, LetterPlan.Of(db, query));

    /// <summary>Reads a page in a given way.</summary>
    /// <param name="db">The connection, in a transaction.</param>
    /// <param name="query">Which.</param>
    /// <param name="cursor">The query's cursor.</param>
    /// <param name="plan">The way.</param>
    public static LetterPage Read(Connection db, LetterQuery query, LetterCursor? cursor, LetterPlan plan)
    {
        var (total, isExact) = query.WithTotal ? LetterCounts.Matching(db, query.Filter, plan) : (0, true);
        // In order one might look at all letters for the few that match: these are listed and sorted.
        if (query.WithTotal && isExact && total <= LetterPlan.Few) plan = plan with { Index = plan.CountIndex };
        // Ids first and letters after: a sort would otherwise carry every matching letter with it. One more than asked for tells whether a
        // next page exists.
        var ids = Ids(db, query, cursor, plan);
        var letters = Bodies(db, ids.Take(query.PageSize));
        var next = ids.Count > query.PageSize ? LetterCursor.Of(letters[^1], query.Sort, query.Descending).Encode() : null;
        return new LetterPage(letters, total, next, isExact);
    }

    /// <summary>The letters of some rows.</summary>
    public static List<Letter> Bodies(Connection db, IEnumerable<long> ids)
    {
        var letters = new List<Letter>();
        foreach (var id in ids)
        {
            using var row = db.Use(_body).Bind(1, id);
            if (row.Step()) letters.Add(LetterJson.Read(row.Blob(0)));
        }

        return letters;
    }

    private static List<long> Ids(Connection db, LetterQuery query, LetterCursor? cursor, LetterPlan plan)
    {
        var offset = cursor is null ? (query.Page - 1L) * query.PageSize : 0;
        if (query.Sort == LetterSort.NextRetryAt && offset == 0) return ByNextRetry(db, query, cursor, plan);
        var select = plan.Select(query.Filter);
        var key = LetterSelect.SortKey(query.Sort, query.Descending);
        if (cursor is not null) select.After(cursor, key);
        return Ids(db, select, plan, Order(query, key), query.PageSize + 1L, offset);
    }

    // Those that have no next replay come last either way, which no one index gives: it is gone along twice.
    private static List<long> ByNextRetry(Connection db, LetterQuery query, LetterCursor? cursor, LetterPlan plan)
    {
        var limit = query.PageSize + 1L;
        var isPastPlanned = cursor is not null && long.Parse(cursor.Key, CultureInfo.InvariantCulture) is long.MinValue or long.MaxValue;
        var ids = isPastPlanned ? [] : Part(planned: true, cursor, limit);
        return ids.Count >= limit ? ids : [.. ids, .. Part(planned: false, isPastPlanned ? cursor : null, limit - ids.Count)];

        List<long> Part(bool planned, LetterCursor? after, long most)
        {
            var select = plan.Select(query.Filter);
            select.Planned(planned);
            var key = planned ? "next_retry_ms" : null;
            if (after is not null) select.After(after, key);
            return Ids(db, select, plan, Order(query, key), most, 0);
        }
    }

    /// <summary>The order of a page.</summary>
    /// <param name="query">What is asked.</param>
    /// <param name="key">What is sorted by first; null for what all have alike.</param>
    public static string Order(LetterQuery query, string? key)
    {
        var direction = query.Descending ? "DESC" : "ASC";
        var first = key is null || query.Sort == LetterSort.CreatedAt ? "" : $"{key} {direction}, ";
        return $"ORDER BY {first}created_ms {direction}, message_id {direction}";
    }

    private static List<long> Ids(Connection db, LetterSelect select, LetterPlan plan, string order, long limit, long offset)
    {
        var ids = new List<long>();
        // What has to be picked out here is not limited there.
        var rest = plan.WithWords is null ? string.Create(CultureInfo.InvariantCulture, $"{order} LIMIT {limit} OFFSET {offset}") : order;
        var skip = plan.WithWords is null ? 0 : offset;
        using var rows = select.Prepare(db, "id", rest, plan.Index);
        while (ids.Count < limit && rows.Step())
        {
            if (plan.Has(rows.Int64(0)) && skip-- <= 0) ids.Add(rows.Int64(0));
        }

        return ids;
    }
}
