using System.Globalization;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Sqlite.Engine;

namespace DlqCluster.Sqlite.DeadLetters;

/// <summary>A filter as SQL over the narrow table of letters: conditions, and the values of their parameters in order.</summary>
internal sealed class LetterSelect
{
    private const string LettersOfTag = "id IN (SELECT letter_id FROM letter_tags WHERE tag = ?)";
    private const string TagOfLetter = "EXISTS (SELECT 1 FROM letter_tags WHERE letter_id = letters.id AND tag = ?)";
    private const string LettersOfWords = "id IN (SELECT rowid FROM letter_words WHERE letter_words MATCH ?)";

    private readonly List<string> _conditions = [];
    private readonly List<Action<Statement, int>> _values = [];

    /// <summary>Makes the conditions of a filter.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="commonTag">Whether its tag is looked up letter by letter, since too many letters have it to list them first.</param>
    public LetterSelect(LetterFilter filter, bool commonTag = false)
    {
        if (filter.Status is { } status) Where("status = ?", LetterStatuses.Name(status));
        if (filter.ErrorType is { } type) Where("error_type = ?", ErrorTypes.Name(type));
        if (filter.Source is { } source) Where("source = ?", source);
        if (filter.Target is { } target) Where("target = ?", target);
        if (filter.Fingerprint is { } fingerprint) Where("fingerprint = ?", fingerprint);
        if (filter.From is { } from) Where("created_ms >= ?", from.ToUnixTimeMilliseconds());
        if (filter.To is { } to) Where("created_ms < ?", to.ToUnixTimeMilliseconds());
        if (filter.Tag is { } tag) Where(commonTag ? TagOfLetter : LettersOfTag, tag);
        if (WordQuery(filter.Text) is { } words) Where(LettersOfWords, words);
    }

    /// <summary>The SQL of what a query sorts by. It says the same as <see cref="LetterCursor.KeyOf"/>.</summary>
    public static string SortKey(LetterSort sort, bool descending) => sort switch
    {
        LetterSort.CreatedAt => "created_ms",
        LetterSort.UpdatedAt => "updated_ms",
        LetterSort.NextRetryAt => string.Create(
            CultureInfo.InvariantCulture, $"ifnull(next_retry_ms, {(descending ? long.MinValue : long.MaxValue)})"),
        LetterSort.ErrorType => "error_type",
        LetterSort.Status => "status",
        LetterSort.Target => "target",
        LetterSort.Source => "source",
        LetterSort.DlqRetryCount => "dlq_retry_count",
        _ => throw new ArgumentOutOfRangeException(nameof(sort), sort, "There is no such sort."),
    };

    /// <summary>Only those that have, or have not, a next replay.</summary>
    public void Planned(bool planned) => _conditions.Add(planned ? "next_retry_ms IS NOT NULL" : "next_retry_ms IS NULL");

    /// <summary>Only what follows a cursor.</summary>
    /// <param name="cursor">The cursor.</param>
    /// <param name="key">What is sorted by; null where all keys are the same.</param>
    public void After(LetterCursor cursor, string? key)
    {
        var beyond = cursor.Descending ? '<' : '>';
        if (cursor.Sort == LetterSort.CreatedAt || key is null)
        {
            _conditions.Add($"(created_ms, message_id) {beyond} (?, ?)");
        }
        else
        {
            _conditions.Add($"({key}, created_ms, message_id) {beyond} (?, ?, ?)");
            if (LetterCursor.IsNumeric(cursor.Sort)) Value(long.Parse(cursor.Key, CultureInfo.InvariantCulture));
            else Value(cursor.Key);
        }

        Value(cursor.CreatedMs);
        _values.Add((statement, parameter) => statement.Bind(parameter, cursor.MessageId));
    }

    /// <summary>
    /// Only what a selection holds. The status is kept from the choice of an index: the letters of one downstream, or those of the filter, are
    /// to be read in order.
    /// </summary>
    /// <param name="selection">The selection; its filter is this one's.</param>
    public void Within(LetterSelection selection)
    {
        Where("created_ms <= ?", selection.At.ToUnixTimeMilliseconds());
        _conditions.Add("+status IN ('dlq_pending', 'dlq_failed', 'dlq_manual')");
    }

    /// <summary>Only the letters of one downstream that come after a place.</summary>
    /// <param name="target">The downstream.</param>
    /// <param name="after">The place; null for the beginning.</param>
    public void Following(string target, LetterPlace? after)
    {
        Where("target = ?", target);
        if (after is null) return;
        _conditions.Add("(created_ms, message_id) > (?, ?)");
        Value(after.CreatedAt.ToUnixTimeMilliseconds());
        _values.Add((statement, parameter) => statement.Bind(parameter, after.MessageId));
    }

    /// <summary>Prepares <c>SELECT what FROM letters WHERE … rest</c> with the conditions' values bound.</summary>
    /// <param name="db">The connection.</param>
    /// <param name="what">The columns.</param>
    /// <param name="rest">What follows the conditions; without parameters.</param>
    /// <param name="index">The index to go along; null to leave that to SQLite.</param>
    public Statement Prepare(Connection db, string what, string rest = "", string? index = null)
    {
        var statement = db.Prepare(ToSql(what, rest, index));
        for (var i = 0; i < _values.Count; i++) _values[i](statement, i + 1);
        return statement;
    }

    /// <summary>What <see cref="Prepare"/> prepares.</summary>
    public string ToSql(string what, string rest = "", string? index = null)
    {
        var where = _conditions.Count == 0 ? "" : " WHERE " + string.Join(" AND ", _conditions);
        var along = index is null ? "" : " INDEXED BY " + index;
        return $"SELECT {what} FROM letters{along}{where} {rest}";
    }

    /// <summary>A search as FTS5 takes it; null when there is nothing to search for.</summary>
    // Words hold nothing but letters, digits and marks, so within quotes they can never be FTS5 syntax. The star makes the last a prefix.
    public static string? WordQuery(string? text)
    {
        var words = LetterWords.Split(text).Select(word => $"\"{word}\"").ToList();
        return words.Count == 0 ? null : string.Join(" AND ", words) + " *";
    }

    private void Where(string condition, string value)
    {
        _conditions.Add(condition);
        Value(value);
    }

    private void Where(string condition, long value)
    {
        _conditions.Add(condition);
        Value(value);
    }

    private void Value(string value) => _values.Add((statement, parameter) => statement.Bind(parameter, value));

    private void Value(long value) => _values.Add((statement, parameter) => statement.Bind(parameter, value));
}
