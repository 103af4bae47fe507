using DlqCluster.DeadLetters;
using DlqCluster.Sqlite.Engine;

namespace DlqCluster.Sqlite.DeadLetters;

/// <summary>
/// Which way a page of letters is found. SQLite alone would guess, for it does not know how many letters have a source or a word; the counts
/// that are kept do. Few letters are listed and sorted; of many, the order is read along an index until the page is full.
/// </summary>
/// <param name="Index">The index to go along; null for the letters that a tag or words list.</param>
/// <param name="CountIndex">The same for counting, where order does not matter.</param>
/// <param name="CommonTag">Whether too many letters have the tag to list them.</param>
/// <param name="CountWithWords">How many letters have the words, up to a limit above <see cref="LetterQuery.MaxCounted"/>.</param>
/// <param name="WithWords">The letters that have the words, where these are too many to sort; null otherwise.</param>
internal sealed record LetterPlan(string? Index, string? CountIndex, bool CommonTag, long CountWithWords, IReadOnlySet<long>? WithWords)
{
    private const string ByCreated = "letters_by_created";

    // What can be listed and sorted within a fraction of the time that a page may take.
    public const int Few = 5_000;
    private const int FewWithWords = 20_000;

    // The newest of more: what a search of one word in a larger queue needs a filter for.
    private const int MostWithWords = 2_000_000;

    private static readonly Sql _withWords = new("SELECT rowid FROM letter_words WHERE letter_words MATCH ?1 ORDER BY rowid DESC LIMIT ?2");

    /// <summary>The letters that go along the index, those that lack common words among them.</summary>
    /// <param name="filter">The query's filter.</param>
    public LetterSelect Select(LetterFilter filter) => new(WithWords is null ? filter : filter with { Text = null }, CommonTag);

    /// <summary>Whether a letter has the common words; without any, all have.</summary>
    /// <param name="id">The letter's row.</param>
    public bool Has(long id) => WithWords?.Contains(id) != false;

    /// <summary>Makes a plan.</summary>
    /// <param name="db">The connection.</param>
    /// <param name="query">What is asked.</param>
    /// <param name="few">How many letters are listed and sorted at most, rather than read in order.</param>
    public static LetterPlan Of(Connection db, LetterQuery query, int few = Few)
    {
        var filter = query.Filter;
        var (index, count) = Narrowest(db, filter, few);
        var commonTag = filter.Tag is { } tag && Narrows(LetterCounts.WithTag(db, tag, few + 1), few, ref index, ref count);
        var words = LetterSelect.WordQuery(filter.Text);
        var hasWords = words is not null;
        var withWords = hasWords ? LetterCounts.WithWords(db, words!, FewWithWords + 1) : 0;
        var commonText = hasWords && Narrows(withWords, FewWithWords, ref index, ref count);
        var listed = commonText ? List(db, words!) : null;
        var isListed = (filter.Tag is not null && !commonTag) || (hasWords && !commonText);
        if (count <= few || (isListed && index is null)) return new LetterPlan(index, index, commonTag, withWords, listed);
        return new LetterPlan(InOrder(query, index), index ?? ByCreated, commonTag, withWords, listed);
    }

    // Whether a tag or words are too common to list; where they are not, and nothing else is narrower, their list is what is gone along.
    private static bool Narrows(long found, int few, ref string? index, ref long count)
    {
        if (found > few) return true;
        if (found < count) (index, count) = (null, found);
        return false;
    }

    /// <summary>The letters that have words.</summary>
    public static HashSet<long> List(Connection db, string words)
    {
        var ids = new HashSet<long>();
        using var rows = db.Use(_withWords).Bind(1, words).Bind(2, MostWithWords);
        while (rows.Step()) ids.Add(rows.Int64(0));
        return ids;
    }

    private static (string? Index, long Count) Narrowest(Connection db, LetterFilter filter, int few)
    {
        (string? Index, long Count) best = (ByCreated, long.MaxValue);
        foreach (var (index, kind, name) in LetterCounts.Groups(filter)) Better(index, LetterCounts.OfGroup(db, kind, name));
        if (filter.Status is { } status) Better("letters_by_status", LetterCounts.OfAll(db, status));
        if ((filter.From ?? filter.To) is not null && best.Count > few && LetterCounts.Between(db, filter, few + 1) is var between && between <= few)
            Better(ByCreated, between);
        return best;

        void Better(string index, long count)
        {
            if (count < best.Count) best = (index, count);
        }
    }

    private static string InOrder(LetterQuery query, string? narrowest) => query.Sort switch
    {
        LetterSort.CreatedAt => narrowest ?? ByCreated,
        LetterSort.UpdatedAt => query.Filter.Status is null ? "letters_by_updated" : "letters_by_status_updated",
        LetterSort.NextRetryAt => query.Filter.Status is null ? "letters_by_next_retry" : "letters_by_status_next_retry",
        LetterSort.DlqRetryCount => "letters_by_retries",
        LetterSort.ErrorType => "letters_by_error",
        LetterSort.Status => "letters_by_status",
        LetterSort.Target => "letters_by_target",
        LetterSort.Source => "letters_by_source",
        _ => throw new ArgumentOutOfRangeException(nameof(query), query.Sort, "There is no such sort."),
    };
}
