using DlqCluster.Ordering;
using DlqCluster.Sqlite.Engine;

namespace DlqCluster.Sqlite.Ordering;

/// <summary>Ordering lanes in SQLite: a row a place.</summary>
/// <param name="store">The database.</param>
public sealed class SqliteOrderingStore(SqliteStore store) : IOrderingStore
{
    internal const string NextText = """
        SELECT target, ordering_key FROM ordering WHERE (target, ordering_key) > (?1, ?2) ORDER BY target, ordering_key LIMIT 1
        """;

    internal const string NextBlockedText = """
        SELECT target, ordering_key FROM ordering WHERE blocked_ms IS NOT NULL AND (target, ordering_key) > (?1, ?2)
        ORDER BY target, ordering_key LIMIT 1
        """;

    private const string NoKey = "";

    private static readonly Sql _read = new("""
        SELECT sequence, message_id, blocked_ms FROM ordering WHERE target = ?1 AND ordering_key = ?2 ORDER BY sequence
        """);

    private static readonly Sql _last = new("SELECT max(sequence) FROM ordering WHERE target = ?1 AND ordering_key = ?2");
    private static readonly Sql _remove = new("""
        DELETE FROM ordering WHERE target = ?1 AND ordering_key = ?2 AND sequence = ?3 AND message_id = ?4
        """);

    private static readonly Sql _add = new("INSERT INTO ordering (target, ordering_key, sequence, message_id) VALUES (?1, ?2, ?3, ?4)");
    private static readonly Sql _block = new("""
        UPDATE ordering SET blocked_ms = ?5 WHERE target = ?1 AND ordering_key = ?2 AND sequence = ?3 AND message_id = ?4
        """);

    private static readonly Sql _next = new(NextText);
    private static readonly Sql _nextBlocked = new(NextBlockedText);
    private static readonly Sql _length = new("SELECT count(*), max(blocked_ms) FROM ordering WHERE target = ?1 AND ordering_key = ?2");
    private static readonly Sql _head = new("""
        SELECT sequence, message_id FROM ordering WHERE target = ?1 AND ordering_key = ?2 ORDER BY sequence LIMIT 1
        """);

    private static readonly Sql _count = new("""
        SELECT (SELECT count(*) FROM (SELECT DISTINCT target, ordering_key FROM ordering)),
            (SELECT count(*) FROM (SELECT DISTINCT target, ordering_key FROM ordering WHERE blocked_ms IS NOT NULL))
        """);

    /// <inheritdoc/>
    public Task<StoredLane> ReadAsync(LaneName lane) => store.ReadAsync(lane, static (db, lane) =>
    {
        using var rows = Use(db, _read, lane);
        var entries = new List<LaneEntry>();
        LaneBlock? block = null;
        while (rows.Step())
        {
            var entry = new LaneEntry(rows.Int64(0), rows.Id(1));
            entries.Add(entry);
            if (!rows.IsNull(2)) block ??= new LaneBlock(entry, DateTimeOffset.FromUnixTimeMilliseconds(rows.Int64(2)));
        }

        return new StoredLane(entries, block);
    });

    /// <inheritdoc/>
    public Task<bool> ChangeAsync(LaneName lane, LaneChange change) => store.WriteTogetherAsync((lane, change), static (db, args) =>
    {
        if (Last(db, args.lane) != args.change.ExpectedLast) return false;
        foreach (var entry in args.change.Removed) Use(db, _remove, args.lane, entry).Run();
        foreach (var entry in args.change.Added) Use(db, _add, args.lane, entry).Run();
        return true;
    });

    /// <inheritdoc/>
    public Task BlockAsync(LaneName lane, LaneBlock block) => store.WriteAsync((lane, block), static (db, args) =>
        Use(db, _block, args.lane, args.block.Entry).Bind(5, args.block.Since.ToUnixTimeMilliseconds()).Run());

    /// <inheritdoc/>
    public Task<IReadOnlyList<LaneSummary>> ListAsync(LaneQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        return store.ReadSlowlyAsync(query, static IReadOnlyList<LaneSummary> (db, query) =>
            [.. Names(db, query).Select(lane => Summary(db, lane)).OfType<LaneSummary>()]);
    }

    /// <inheritdoc/>
    public Task<LaneTotals> CountAsync() => store.ReadSlowlyAsync(0, static (db, _) =>
    {
        using var row = db.Use(_count);
        return row.Step() ? new LaneTotals(row.Int64(0), row.Int64(1)) : default;
    });

    // From lane to lane, one lookup each: it costs the same however long the lanes are.
    private static IEnumerable<LaneName> Names(Connection db, LaneQuery query)
    {
        // No key is empty, so the empty one comes before all of a downstream.
        var at = query.After ?? new LaneName(query.Target ?? "", NoKey);
        for (var listed = 0; listed < query.Limit; listed++)
        {
            using (var row = Use(db, query.BlockedOnly ? _nextBlocked : _next, at))
            {
                if (!row.Step()) yield break;
                at = new LaneName(row.Text(0), row.Text(1));
            }

            if (query.Target is { } target && at.Target != target) yield break;
            yield return at;
        }
    }

    private static LaneSummary? Summary(Connection db, LaneName lane)
    {
        using var length = Use(db, _length, lane);
        using var head = Use(db, _head, lane);
        // It may have been emptied since its name was read.
        if (!length.Step() || !head.Step()) return null;
        DateTimeOffset? since = length.IsNull(1) ? null : DateTimeOffset.FromUnixTimeMilliseconds(length.Int64(1));
        return new LaneSummary(lane, length.Int64(0), new LaneEntry(head.Int64(0), head.Id(1)), since);
    }

    private static long? Last(Connection db, LaneName lane)
    {
        using var row = Use(db, _last, lane);
        return row.Step() && !row.IsNull(0) ? row.Int64(0) : null;
    }

    private static Statement Use(Connection db, Sql sql, LaneName lane) => db.Use(sql).Bind(1, lane.Target).Bind(2, lane.OrderingKey);

    private static Statement Use(Connection db, Sql sql, LaneName lane, LaneEntry entry) =>
        Use(db, sql, lane).Bind(3, entry.Sequence).Bind(4, entry.MessageId);
}
