using System.Globalization;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Sqlite.Engine;

namespace DlqCluster.Sqlite.DeadLetters;

/// <summary>Dead letters in SQLite, with full-text search. Times are compared and sorted by the millisecond.</summary>
/// <param name="store">The database.</param>
public sealed class SqliteDeadLetterStore(SqliteStore store) : IDeadLetterStore
{
    private const int TopErrorTypes = 10;
    private const int TopSources = 50;

    private static readonly Sql _get = new("SELECT json FROM letter_bodies WHERE id = (SELECT id FROM letters WHERE message_id = ?1)");
    private static readonly Sql _body = new("SELECT json FROM letter_bodies WHERE id = ?1");
    private static readonly Sql _due = new("""
        SELECT id FROM letters WHERE partition = ?1 AND status = 'dlq_pending' AND next_retry_ms <= ?2
        ORDER BY next_retry_ms, message_id LIMIT ?3
        """);

    private static readonly Sql _stuck = new("""
        SELECT id FROM letters WHERE partition = ?1 AND status = 'dlq_processing' AND updated_ms <= ?2
        ORDER BY updated_ms, message_id LIMIT ?3
        """);

    private static readonly Sql _byStatus = new("SELECT status, count(*) FROM letters GROUP BY status");
    private static readonly Sql _byErrorType = new(
        "SELECT error_type, count(*) FROM letters GROUP BY error_type ORDER BY 2 DESC, 1 LIMIT ?1");

    private static readonly Sql _bySource = new("SELECT source, count(*) FROM letters GROUP BY source ORDER BY 2 DESC, 1 LIMIT ?1");
    private static readonly Sql _replays = new("SELECT sum(replays_ended), sum(replays_delivered) FROM letters WHERE replays_ended > 0");
    private static readonly Sql _oldestPending = new("SELECT min(created_ms) FROM letters WHERE status = 'dlq_pending'");

    /// <inheritdoc/>
    public Task<Letter?> GetAsync(MessageId messageId) => store.ReadAsync(messageId, static (db, messageId) =>
    {
        using var row = db.Use(_get).Bind(1, messageId);
        return row.Step() ? LetterJson.Read(row.Blob(0)) : null;
    });

    /// <inheritdoc/>
    public Task<long?> PutAsync(int partition, Letter letter, long expectedVersion) =>
        store.WriteTogetherAsync(new LetterRow(partition, letter, expectedVersion), LetterRow.Write);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Letter>> DueAsync(int partition, DateTimeOffset now, int limit) =>
        store.ReadAsync((partition, now, limit), static (db, args) => Some(db, _due, args.partition, args.now, args.limit));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Letter>> StuckAsync(int partition, DateTimeOffset unchangedSince, int limit) =>
        store.ReadAsync((partition, unchangedSince, limit), static (db, args) =>
            Some(db, _stuck, args.partition, args.unchangedSince, args.limit));

    /// <inheritdoc/>
    public Task<LetterPage> QueryAsync(LetterQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.PageSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Page, 1);
        var cursor = query.Cursor is null ? null : LetterCursor.Of(query);
        return store.ReadSlowlyAsync((query, cursor), static (db, args) =>
            Snapshot(db, args, static (db, args) => Page(db, args.query, args.cursor)));
    }

    /// <inheritdoc/>
    public Task<LetterStats> StatsAsync() => store.ReadSlowlyAsync(0, static (db, _) => Snapshot(db, 0, static (db, _) => Stats(db)));

    /// <inheritdoc/>
    public Task<IReadOnlyList<LetterPlace>> SelectAsync(LetterSelection selection, string target, LetterPlace? after, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return store.ReadAsync((selection, target, after, limit), static (db, args) =>
            LetterSelections.Next(db, args.selection, args.target, args.after, args.limit));
    }

    /// <inheritdoc/>
    public Task<SelectionTally> TallyAsync(LetterSelection selection, int targets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(targets, 1);
        return store.ReadSlowlyAsync((selection, targets), static (db, args) =>
            Snapshot(db, args, static (db, args) => LetterSelections.Tally(db, args.selection, args.targets)));
    }

    private static LetterPage Page(Connection db, LetterQuery query, LetterCursor? cursor)
    {
        var select = new LetterSelect(query.Filter);
        long total;
        using (var count = select.Prepare(db, "count(*)")) total = count.Step() ? count.Int64(0) : 0;
        var key = LetterSelect.SortKey(query.Sort, query.Descending);
        var direction = query.Descending ? "DESC" : "ASC";
        var offset = cursor is null ? (query.Page - 1L) * query.PageSize : 0;
        if (cursor is not null) select.After(cursor);

        // Ids first and letters after: a sort would otherwise carry every matching letter with it. One more than asked for tells whether a
        // next page exists.
        var rest = string.Create(
            CultureInfo.InvariantCulture,
            $"ORDER BY {key} {direction}, message_id {direction} LIMIT {query.PageSize + 1L} OFFSET {offset}");
        var ids = new List<long>();
        using (var rows = select.Prepare(db, "id", rest))
        {
            while (rows.Step()) ids.Add(rows.Int64(0));
        }

        var letters = Bodies(db, ids.Take(query.PageSize));
        if (ids.Count <= query.PageSize) return new LetterPage(letters, total, null);
        var last = letters[^1];
        var next = new LetterCursor(query.Sort, query.Descending, LetterCursor.KeyOf(last, query.Sort, query.Descending), last.MessageId);
        return new LetterPage(letters, total, next.Encode());
    }

    private static LetterStats Stats(Connection db)
    {
        var byStatus = Enum.GetValues<LetterStatus>().ToDictionary(status => status, _ => 0L);
        using (var rows = db.Use(_byStatus))
        {
            while (rows.Step())
            {
                if (LetterStatuses.TryParse(rows.Text(0), out var status)) byStatus[status] = rows.Int64(1);
            }
        }

        using var replays = db.Use(_replays);
        var ended = replays.Step() ? replays.Int64(0) : 0;
        using var oldest = db.Use(_oldestPending);
        return new LetterStats
        {
            Total = byStatus.Values.Sum(),
            ByStatus = byStatus,
            TopErrorTypes = Top(db, _byErrorType, TopErrorTypes),
            BySource = Top(db, _bySource, TopSources),
            ReplaySuccessRate = ended == 0 ? null : (double)replays.Int64(1) / ended,
            OldestPending = oldest.Step() && !oldest.IsNull(0) ? DateTimeOffset.FromUnixTimeMilliseconds(oldest.Int64(0)) : null,
        };
    }

    private static List<NamedCount> Top(Connection db, Sql sql, int limit)
    {
        using var rows = db.Use(sql).Bind(1, limit);
        var counts = new List<NamedCount>();
        while (rows.Step()) counts.Add(new NamedCount(rows.Text(0), rows.Int64(1)));
        return counts;
    }

    private static IReadOnlyList<Letter> Some(Connection db, Sql sql, int partition, DateTimeOffset upTo, int limit) =>
        Snapshot(db, (sql, partition, upTo, limit), static IReadOnlyList<Letter> (db, args) =>
        {
            var ids = new List<long>();
            using (var rows = db.Use(args.sql).Bind(1, args.partition).Bind(2, args.upTo.ToUnixTimeMilliseconds()).Bind(3, args.limit))
            {
                while (rows.Step()) ids.Add(rows.Int64(0));
            }

            return Bodies(db, ids);
        });

    private static List<Letter> Bodies(Connection db, IEnumerable<long> ids)
    {
        var letters = new List<Letter>();
        foreach (var id in ids)
        {
            using var row = db.Use(_body).Bind(1, id);
            if (row.Step()) letters.Add(LetterJson.Read(row.Blob(0)));
        }

        return letters;
    }

    // Several statements that must see the same letters.
    private static TResult Snapshot<TArgs, TResult>(Connection db, TArgs args, Func<Connection, TArgs, TResult> body)
    {
        db.Execute("BEGIN");
        try
        {
            return body(db, args);
        }
        finally
        {
            if (db.InTransaction) db.Execute("COMMIT");
        }
    }
}
