using DlqCluster.Ledger;
using DlqCluster.Messages;
using DlqCluster.Sqlite.Engine;

namespace DlqCluster.Sqlite.Ledger;

/// <summary>The ledger in SQLite. Entries that are due at the same millisecond are ordered by message id.</summary>
public sealed class SqliteLedgerStore : ILedgerStore, IDisposable
{
    // A loose index scan: each step of the recursion is one lookup of the next lane, so it costs the same however many entries there are.
    internal const string PeekText = """
        WITH RECURSIVE lanes (lane) AS (
            SELECT min(lane) FROM ledger WHERE partition = ?1
            UNION ALL
            SELECT (SELECT min(l.lane) FROM ledger l WHERE l.partition = ?1 AND l.lane > lanes.lane)
            FROM lanes WHERE lanes.lane IS NOT NULL)
        SELECT lane, (SELECT min(l.due_ms) FROM ledger l WHERE l.partition = ?1 AND l.lane = lanes.lane)
        FROM lanes WHERE lane IS NOT NULL
        """;

    private static readonly Sql _put = new("""
        INSERT INTO ledger (message_id, partition, lane, due_ms) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (message_id) DO UPDATE SET partition = excluded.partition, lane = excluded.lane, due_ms = excluded.due_ms
        """);

    private static readonly Sql _remove = new("DELETE FROM ledger WHERE message_id = ?1 AND partition = ?2");
    private static readonly Sql _due = new("""
        SELECT message_id FROM ledger WHERE partition = ?1 AND lane = ?2 AND due_ms <= ?3 ORDER BY due_ms, message_id LIMIT ?4
        """);

    private static readonly Sql _release = new("UPDATE ledger SET due_ms = ?2 WHERE partition = ?1 AND lane = ?3");

    private static readonly Sql _peek = new(PeekText);

    private static readonly Sql _count = new(
        "SELECT lane, count(*), min(due_ms) FROM ledger WHERE partition = ?1 GROUP BY lane ORDER BY lane");

    private readonly SqliteStore _store;
    private readonly SoonEntries _soon;

    /// <summary>Makes the store.</summary>
    /// <param name="store">The database.</param>
    public SqliteLedgerStore(SqliteStore store)
    {
        _store = store;
        // Should it fail, the entries are where they were, and the writer has said so.
        _soon = new SoonEntries(store.Clock, entries => _ = store.WriteTogetherAsync(entries, PutAll));
        store.Closing += _soon.Flush;
    }

    /// <inheritdoc/>
    public Task PutAsync(LedgerEntry entry)
    {
        _soon.Withdraw(entry.MessageId);
        return _store.WriteAsync(entry, Put);
    }

    /// <inheritdoc/>
    public Task PutSoonAsync(LedgerEntry entry)
    {
        // Another process may be the next to move the entry, and would not know of one that waits here.
        if (_store.IsShared) return PutAsync(entry);
        _soon.Add(entry);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RemoveAsync(int partition, MessageId messageId)
    {
        _soon.Withdraw(messageId);
        return _store.WriteAsync((partition, messageId), static (db, key) =>
            db.Use(_remove).Bind(1, key.messageId).Bind(2, key.partition).Run());
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<MessageId>> ClaimAsync(int partition, string lane, DateTimeOffset upTo, int limit, DateTimeOffset watchUntil)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var claim = new Claim(partition, lane, upTo.ToUnixTimeMilliseconds(), limit, watchUntil.ToUnixTimeMilliseconds());
        return _store.WriteTogetherAsync(claim, Take);
    }

    /// <inheritdoc/>
    public Task<int> ReleaseAsync(int partition, DateTimeOffset now) => _store.WriteAsync((partition, now), static (db, args) =>
        db.Use(_release).Bind(1, args.partition).Bind(2, args.now.ToUnixTimeMilliseconds()).Bind(3, LedgerLanes.Active).Run());

    /// <inheritdoc/>
    public Task<IReadOnlyList<LaneHead>> PeekAsync(int partition) =>
        _store.ReadAsync(partition, static IReadOnlyList<LaneHead> (db, partition) =>
        {
            using var rows = db.Use(_peek).Bind(1, partition);
            var heads = new List<LaneHead>();
            while (rows.Step()) heads.Add(new LaneHead(rows.Text(0), DateTimeOffset.FromUnixTimeMilliseconds(rows.Int64(1))));
            return heads;
        });

    /// <inheritdoc/>
    public Task<IReadOnlyList<LaneCount>> CountAsync(int partition) =>
        _store.ReadSlowlyAsync(partition, static IReadOnlyList<LaneCount> (db, partition) =>
        {
            using var rows = db.Use(_count).Bind(1, partition);
            var counts = new List<LaneCount>();
            while (rows.Step())
            {
                counts.Add(new LaneCount(rows.Text(0), rows.Int64(1), DateTimeOffset.FromUnixTimeMilliseconds(rows.Int64(2))));
            }

            return counts;
        });

    /// <inheritdoc/>
    public void Dispose()
    {
        _store.Closing -= _soon.Flush;
        _soon.Dispose();
    }

    private static IReadOnlyList<MessageId> Take(Connection db, Claim claim)
    {
        var taken = new List<MessageId>();
        using (var rows = db.Use(_due).Bind(1, claim.Partition).Bind(2, claim.Lane).Bind(3, claim.UpToMs).Bind(4, claim.Limit))
        {
            while (rows.Step()) taken.Add(rows.Id(0));
        }

        foreach (var id in taken)
        {
            db.Use(_put).Bind(1, id).Bind(2, claim.Partition).Bind(3, LedgerLanes.Active).Bind(4, claim.WatchUntilMs).Run();
        }

        return taken;
    }

    private static int PutAll(Connection db, List<LedgerEntry> entries)
    {
        entries.Sort(static (one, other) => string.CompareOrdinal(one.MessageId.Value, other.MessageId.Value));
        foreach (var entry in entries) Put(db, entry);
        return entries.Count;
    }

    private static int Put(Connection db, LedgerEntry entry) => db.Use(_put)
        .Bind(1, entry.MessageId).Bind(2, entry.Partition).Bind(3, entry.Lane).Bind(4, entry.Due.ToUnixTimeMilliseconds()).Run();

    private readonly record struct Claim(int Partition, string Lane, long UpToMs, int Limit, long WatchUntilMs);
}
