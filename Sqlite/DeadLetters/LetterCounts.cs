using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Sqlite.Engine;

namespace DlqCluster.Sqlite.DeadLetters;

/// <summary>How many letters there are, from the counts that are kept with every change; what is not kept is counted up to a limit.</summary>
internal static class LetterCounts
{
    /// <summary>The kind of group that a partition is.</summary>
    public const string Partition = "partition";

    private const string ErrorType = "errorType";
    private const string Source = "source";
    private const string Target = "target";
    private const string Fingerprint = "fingerprint";

    private static readonly Sql _group = new(
        "SELECT total, pending, processing, resolved, failed, manual FROM letter_groups WHERE kind = ?1 AND name = ?2");

    private static readonly Sql _all = new("""
        SELECT ifnull(sum(total), 0), ifnull(sum(pending), 0), ifnull(sum(processing), 0), ifnull(sum(resolved), 0), ifnull(sum(failed), 0),
            ifnull(sum(manual), 0)
        FROM letter_groups WHERE kind = 'partition'
        """);

    private static readonly Sql _withTag = new("SELECT count(*) FROM (SELECT 1 FROM letter_tags WHERE tag = ?1 LIMIT ?2)");
    private static readonly Sql _withWords = new("SELECT count(*) FROM (SELECT 1 FROM letter_words WHERE letter_words MATCH ?1 LIMIT ?2)");
    private static readonly Sql _between = new(
        "SELECT count(*) FROM (SELECT 1 FROM letters WHERE created_ms >= ?1 AND created_ms < ?2 LIMIT ?3)");

    /// <summary>The groups that a filter names: what it is called in the table of letters' indexes, its kind and its name.</summary>
    public static IEnumerable<(string Index, string Kind, string Name)> Groups(LetterFilter filter)
    {
        if (filter.Fingerprint is { } fingerprint) yield return ("letters_by_fingerprint", Fingerprint, fingerprint);
        if (filter.ErrorType is { } type) yield return ("letters_by_error", ErrorType, ErrorTypes.Name(type));
        if (filter.Target is { } target) yield return ("letters_by_target", Target, target);
        if (filter.Source is { } source) yield return ("letters_by_source", Source, source);
    }

    /// <summary>Letters of a group.</summary>
    /// <param name="db">The connection.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="name">Its name.</param>
    /// <param name="status">Only those with this status.</param>
    public static long OfGroup(Connection db, string kind, string name, LetterStatus? status = null)
    {
        using var row = db.Use(_group).Bind(1, kind).Bind(2, name);
        return row.Step() ? row.Int64(Column(status)) : 0;
    }

    /// <summary>All letters.</summary>
    /// <param name="db">The connection.</param>
    /// <param name="status">Only those with this status.</param>
    public static long OfAll(Connection db, LetterStatus? status = null)
    {
        using var row = db.Use(_all);
        return row.Step() ? row.Int64(Column(status)) : 0;
    }

    /// <summary>Letters with a tag, up to a limit.</summary>
    public static long WithTag(Connection db, string tag, long limit) => Limited(db.Use(_withTag).Bind(1, tag).Bind(2, limit));

    /// <summary>Letters with words, up to a limit.</summary>
    public static long WithWords(Connection db, string words, long limit) => Limited(db.Use(_withWords).Bind(1, words).Bind(2, limit));

    /// <summary>Letters that were dead-lettered in a range, up to a limit.</summary>
    public static long Between(Connection db, LetterFilter filter, long limit) => Limited(db.Use(_between)
        .Bind(1, filter.From?.ToUnixTimeMilliseconds() ?? long.MinValue)
        .Bind(2, filter.To?.ToUnixTimeMilliseconds() ?? long.MaxValue)
        .Bind(3, limit));

    /// <summary>How many letters match a filter, and whether that is all.</summary>
    /// <param name="db">The connection.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="plan">How its letters are found.</param>
    public static (long Total, bool IsExact) Matching(Connection db, LetterFilter filter, LetterPlan plan)
    {
        var groups = Groups(filter).Take(2).ToArray();
        var hasWords = LetterSelect.WordQuery(filter.Text) is not null;
        var isSimple = groups.Length < 2 && filter is { From: null, To: null, Tag: null };
        // The plan has counted them.
        if (isSimple && hasWords && groups.Length == 0 && filter.Status is null)
            return (Math.Min(plan.CountWithWords, LetterQuery.MaxCounted), plan.CountWithWords <= LetterQuery.MaxCounted);
        if (isSimple && !hasWords) return (groups is [var group] ? OfGroup(db, group.Kind, group.Name, filter.Status) : OfAll(db, filter.Status), true);
        if (filter.Tag is { } tag && groups.Length == 0 && !hasWords && filter is { From: null, To: null, Status: null })
        {
            var tagged = WithTag(db, tag, LetterQuery.MaxCounted + 1);
            return (Math.Min(tagged, LetterQuery.MaxCounted), tagged <= LetterQuery.MaxCounted);
        }

        var found = 0;
        using var rows = plan.Select(filter).Prepare(db, "id", index: plan.CountIndex);
        while (found <= LetterQuery.MaxCounted && rows.Step())
        {
            if (plan.Has(rows.Int64(0))) found++;
        }

        return (Math.Min(found, LetterQuery.MaxCounted), found <= LetterQuery.MaxCounted);
    }

    private static int Column(LetterStatus? status) => status is { } value ? 1 + (int)value : 0;

    private static long Limited(Statement count)
    {
        using (count) return count.Step() ? count.Int64(0) : 0;
    }
}
