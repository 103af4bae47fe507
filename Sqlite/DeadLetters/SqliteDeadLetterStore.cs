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
    private static readonly Sql _due = new("""
        SELECT id FROM letters WHERE partition = ?1 AND status = 'dlq_pending' AND next_retry_ms <= ?2
        ORDER BY next_retry_ms, message_id LIMIT ?3
        """);

    private static readonly Sql _stuck = new("""
        SELECT id FROM letters WHERE partition = ?1 AND status = 'dlq_processing' AND updated_ms <= ?2
        ORDER BY updated_ms, message_id LIMIT ?3
        """);

    private static readonly Sql _top = new("SELECT name, total FROM letter_groups WHERE kind = ?1 ORDER BY 2 DESC, 1 LIMIT ?2");
    private static readonly Sql _replays = new(
        "SELECT ifnull(sum(replays_ended), 0), ifnull(sum(replays_delivered), 0) FROM letter_groups WHERE kind = 'partition'");

    private static readonly Sql _pending = new("SELECT CAST(name AS INTEGER), pending FROM letter_groups WHERE kind = 'partition' AND pending > 0");
    private static readonly Sql _closed = new("""
        SELECT id FROM letters WHERE partition = ?1 AND status = ?2 AND closed_ms < ?3 ORDER BY closed_ms LIMIT ?4
        """);

    private static readonly Sql[] _drops =
    [
        new("DELETE FROM letter_words WHERE rowid = ?1"),
        new("DELETE FROM letter_tags WHERE letter_id = ?1"),
        new("DELETE FROM letter_bodies WHERE id = ?1"),
        new("DELETE FROM letters WHERE id = ?1"),
    ];

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
            Snapshot(db, args, static (db, args) => LetterPages.Read(db, args.query, args.cursor)));
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

    /// <inheritdoc/>
    public Task<int> PurgeAsync(int partition, DateTimeOffset resolvedBefore, DateTimeOffset failedBefore, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return store.WriteTogetherAsync((partition, resolvedBefore, failedBefore, limit), static (db, args) =>
        {
            var resolved = Closed(db, args.partition, LetterStatus.Resolved, args.resolvedBefore, args.limit);
            var ids = resolved.Count < args.limit
                ? [.. resolved, .. Closed(db, args.partition, LetterStatus.Failed, args.failedBefore, args.limit - resolved.Count)]
                : resolved;
            foreach (var id in ids)
            {
                foreach (var drop in _drops) db.Use(drop).Bind(1, id).Run();
            }

            return ids.Count;
        });
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<int, long>> PendingByPartitionAsync() =>
        store.ReadAsync(0, static IReadOnlyDictionary<int, long> (db, _) =>
        {
            using var rows = db.Use(_pending);
            var pending = new Dictionary<int, long>();
            while (rows.Step()) pending[(int)rows.Int64(0)] = rows.Int64(1);
            return pending;
        });

    private static List<long> Closed(Connection db, int partition, LetterStatus status, DateTimeOffset before, int limit)
    {
        using var rows = db.Use(_closed).Bind(1, partition).Bind(2, LetterStatuses.Name(status)).Bind(3, before.ToUnixTimeMilliseconds()).Bind(4, limit);
        var ids = new List<long>();
        while (rows.Step()) ids.Add(rows.Int64(0));
        return ids;
    }

    private static LetterStats Stats(Connection db)
    {
        var byStatus = Enum.GetValues<LetterStatus>().ToDictionary(status => status, status => LetterCounts.OfAll(db, status));
        using var replays = db.Use(_replays);
        var ended = replays.Step() ? replays.Int64(0) : 0;
        using var oldest = db.Use(_oldestPending);
        return new LetterStats
        {
            Total = byStatus.Values.Sum(),
            ByStatus = byStatus,
            TopErrorTypes = Top(db, "errorType", TopErrorTypes),
            BySource = Top(db, "source", TopSources),
            ReplaySuccessRate = ended == 0 ? null : (double)replays.Int64(1) / ended,
            OldestPending = oldest.Step() && !oldest.IsNull(0) ? DateTimeOffset.FromUnixTimeMilliseconds(oldest.Int64(0)) : null,
        };
    }

    private static List<NamedCount> Top(Connection db, string kind, int limit)
    {
        using var rows = db.Use(_top).Bind(1, kind).Bind(2, limit);
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

            return LetterPages.Bodies(db, ids);
        });

    // Several statements that must see the same letters.
    internal static TResult Snapshot<TArgs, TResult>(Connection db, TArgs args, Func<Connection, TArgs, TResult> body)
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
