using DlqCluster.Ledger;
using DlqCluster.Sqlite.Engine;

namespace DlqCluster.Sqlite.Messages;

/// <content>The half of a row that is the ledger's.</content>
internal sealed partial class MessageTable
{
    // A loose index scan: each step of the recursion is one lookup of the next lane, so it costs the same however many entries there are.
    internal const string PeekText = """
        WITH RECURSIVE lanes (lane) AS (
            SELECT min(lane) FROM message_dues WHERE partition = ?1
            UNION ALL
            SELECT (SELECT min(d.lane) FROM message_dues d WHERE d.partition = ?1 AND d.lane > lanes.lane)
            FROM lanes WHERE lanes.lane IS NOT NULL)
        SELECT lane, (SELECT min(d.due_ms) FROM message_dues d WHERE d.partition = ?1 AND d.lane = lanes.lane)
        FROM lanes WHERE lane IS NOT NULL
        """;

    private static readonly Sql _insertEntry = new("INSERT INTO messages (seq, id, partition, lane, due_ms) VALUES (?1, ?2, ?3, ?4, ?5)");
    private static readonly Sql _moveEntry = new("UPDATE messages SET partition = ?2, lane = ?3, due_ms = ?4 WHERE seq = ?1");
    private static readonly Sql _moveId = new("UPDATE message_ids SET partition = ?2, lane = ?3, due_ms = ?4 WHERE id = ?1");
    private static readonly Sql _deleteWithoutState = new("DELETE FROM messages WHERE seq = ?1 AND version IS NULL");
    private static readonly Sql _removeDue = new("DELETE FROM message_dues WHERE partition = ?1 AND lane = ?2 AND due_ms = ?3 AND id = ?4");
    private static readonly Sql _due = new("""
        SELECT id, seq, due_ms FROM message_dues WHERE partition = ?1 AND lane = ?2 AND due_ms <= ?3 AND (due_ms, id) > (?5, ?6) ORDER BY due_ms, id LIMIT ?4
        """);

    private static readonly Sql _releaseIds = new("""
        UPDATE message_ids SET due_ms = ?3 WHERE id IN (SELECT id FROM message_dues WHERE partition = ?1 AND lane = ?2 AND due_ms > ?4)
        """);

    private static readonly Sql _releaseDues = new("UPDATE message_dues SET due_ms = ?3 WHERE partition = ?1 AND lane = ?2 AND due_ms > ?4");
    private static readonly Sql _peek = new(PeekText);

    private static readonly Sql _count = new(
        "SELECT lane, count(*), min(due_ms) FROM message_dues WHERE partition = ?1 GROUP BY lane ORDER BY lane");

    // Entries of new messages that this transaction has yet to insert. Most are inserted together with their states, which come right behind them.
    private readonly List<RecentMessage> _unstored = [];

    /// <summary>Adds a message's ledger entry, or moves it. By itself, outside of a savepoint.</summary>
    /// <param name="db">The writer's connection.</param>
    /// <param name="key">The message.</param>
    /// <param name="to">Where to.</param>
    public void Put(Connection db, MessageKey key, LedgerPlace to)
    {
        EnsureLoaded(db);
        if (Find(db, key) is { } row)
        {
            Move(db, row, to);
            return;
        }

        var entry = new RecentMessage(key, ++_lastSeq) { Place = to, Stored = to, IsStored = false };
        _unstored.Add(entry);
        _recent.Add(entry);
    }

    /// <summary>
    /// Inserts the entries that wait for their states: before a savepoint, which would take them with it when it is undone, and before a commit.
    /// </summary>
    /// <param name="db">The writer's connection.</param>
    public void StoreEntries(Connection db)
    {
        foreach (var entry in _unstored)
        {
            if (entry.IsStored) continue;
            InsertEntry(db, entry);
            entry.IsStored = true;
        }

        _unstored.Clear();
    }

    /// <summary>As <see cref="Put"/> for many, each in the order in which its entries lie.</summary>
    /// <param name="db">The writer's connection.</param>
    /// <param name="entries">The messages, and where to.</param>
    public void PutAll(Connection db, IReadOnlyList<LedgerEntry> entries)
    {
        EnsureLoaded(db);
        var present = new List<(Row Row, LedgerPlace To)>(entries.Count);
        foreach (var entry in entries)
        {
            var (key, to) = (MessageKey.Of(entry.MessageId), PlaceOf(entry));
            if (Find(db, key) is { } row)
            {
                present.Add((row, to));
                continue;
            }

            var added = new RecentMessage(key, ++_lastSeq) { Place = to, Stored = to };
            InsertEntry(db, added);
            _recent.Add(added);
        }

        present.Sort(static (one, other) => Order(one.Row).CompareTo(Order(other.Row)));
        foreach (var (row, to) in present) Move(db, row, to);

        static (long, MessageKey) Order(Row row) => (row.Recent?.Seq ?? long.MaxValue, row.Key);
    }

    /// <summary>Removes a message's ledger entry, if it is in the partition.</summary>
    /// <param name="db">The writer's connection.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="key">The message.</param>
    public void Remove(Connection db, int partition, MessageKey key)
    {
        EnsureLoaded(db);
        if (Find(db, key) is not { Place: { } place } row || place.Partition != partition) return;
        if (db.Use(_deleteWithoutState).Bind(1, row.Seq).Run() == 0)
        {
            Move(db, row, null);
            return;
        }

        if (row.HasDue) RemoveDue(db, row);
        Forget(db, row);
    }

    /// <summary>Claims what is due in a lane: it stands in the active one from now on, for as long as this process lives.</summary>
    /// <param name="db">The writer's connection.</param>
    /// <param name="upTo">The lane, and until when due.</param>
    /// <param name="limit">The most to claim.</param>
    /// <param name="watchUntilMs">When they are due then.</param>
    /// <returns>The messages, in the order in which they were due.</returns>
    public List<MessageKey> Claim(Connection db, LedgerPlace upTo, int limit, long watchUntilMs)
    {
        EnsureLoaded(db);
        var due = _recent.Due(upTo.Partition, upTo.Lane, upTo.DueMs, limit);
        foreach (var (key, seq, place) in DueInTable(db, upTo, limit))
            due.Add(_recent.TryGet(key, out var recent) ? recent : Indexed(key, seq, place));
        var taken = due.OrderBy(static message => message.Place!.Value.DueMs).ThenBy(static message => message.Key).Take(limit).ToList();
        foreach (var message in taken)
        {
            if (message is { HasDue: true, IsClaimed: false }) _recent.NoteClaimed(message.Place!.Value, message.Key);
            _recent.Claim(message, new LedgerPlace(upTo.Partition, LedgerLanes.Active, watchUntilMs));
        }

        return taken.ConvertAll(static message => message.Key);
    }

    /// <summary>Makes a partition's active entries due.</summary>
    /// <param name="db">The writer's connection.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="nowMs">When, in milliseconds since 1970.</param>
    /// <param name="afterMs">Those that are due later than this, in milliseconds since 1970.</param>
    /// <returns>How many there are.</returns>
    public int Release(Connection db, int partition, long nowMs, long afterMs)
    {
        EnsureLoaded(db);
        db.Use(_releaseIds).Bind(1, partition).Bind(2, LedgerLanes.Active).Bind(3, nowMs).Bind(4, afterMs).Run();
        var count = db.Use(_releaseDues).Bind(1, partition).Bind(2, LedgerLanes.Active).Bind(3, nowMs).Bind(4, afterMs).Run();
        var to = new LedgerPlace(partition, LedgerLanes.Active, nowMs);
        _recent.NoteChanged(to with { DueMs = long.MinValue }, default);
        foreach (var message in _recent.In(partition, LedgerLanes.Active))
        {
            var place = message.Place;
            var (isDue, isStoredSo) = (IsLater(place), IsLater(message.Stored));
            // The statements have counted those that message_dues has, wherever they stand.
            if (message.IsClaimed && message.HasDue && isStoredSo) count--;
            if (isDue && (message.IsClaimed || !message.HasDue)) count++;
            if (isStoredSo) SetPlace(db, new Row(message), to);
            if (isStoredSo && !isDue) _recent.Claim(message, place!.Value);
            else if (isDue && !isStoredSo) _recent.Claim(message, to);
        }

        return count;

        bool IsLater(LedgerPlace? one) =>
            one is { Lane: LedgerLanes.Active } found && found.Partition == partition && found.DueMs > afterMs;
    }

    /// <summary>The lanes of a partition, and when the earliest of each is due. On any thread.</summary>
    /// <param name="db">The connection of a reader.</param>
    /// <param name="partition">The partition.</param>
    public IReadOnlyList<LaneHead> Peek(Connection db, int partition)
    {
        var heads = _recent.Lanes(partition).ToDictionary(static lane => lane.Lane, static lane => lane.OldestMs, StringComparer.Ordinal);
        using var rows = db.Use(_peek).Bind(1, partition);
        while (rows.Step())
        {
            var lane = rows.Text(0);
            var hidden = _recent.Hidden(partition, lane);
            if ((hidden == 0 ? rows.Int64(1) : FirstInTable(db, partition, lane)) is not { } dueMs) continue;
            heads[lane] = heads.TryGetValue(lane, out var here) ? Math.Min(here, dueMs) : dueMs;
        }

        return [.. heads.OrderBy(static head => head.Key, StringComparer.Ordinal).Select(static head => new LaneHead(head.Key, Time(head.Value)))];
    }

    /// <summary>Counts the entries of a partition by lane. On any thread. Those that are just being handed over to <c>message_dues</c> may be counted twice or not.</summary>
    /// <param name="db">The connection of a reader.</param>
    /// <param name="partition">The partition.</param>
    public IReadOnlyList<LaneCount> Count(Connection db, int partition)
    {
        var counts = _recent.Lanes(partition).ToDictionary(static lane => lane.Lane, static lane => (lane.Count, lane.OldestMs), StringComparer.Ordinal);
        using var rows = db.Use(_count).Bind(1, partition);
        while (rows.Step())
        {
            var (lane, count, oldestMs) = (rows.Text(0), rows.Int64(1), rows.Int64(2));
            if (_recent.Hidden(partition, lane) is var hidden and > 0)
            {
                if (FirstInTable(db, partition, lane) is not { } first) continue;
                (count, oldestMs) = (Math.Max(1, count - hidden), first);
            }

            counts[lane] = counts.TryGetValue(lane, out var here) ? (here.Count + count, Math.Min(here.OldestMs, oldestMs)) : (count, oldestMs);
        }

        return [.. counts.OrderBy(static lane => lane.Key, StringComparer.Ordinal)
            .Select(static lane => new LaneCount(lane.Key, lane.Value.Count, Time(lane.Value.OldestMs)))];
    }

    /// <summary>Where an entry stands.</summary>
    public static LedgerPlace PlaceOf(LedgerEntry entry) => new(entry.Partition, entry.Lane, entry.Due.ToUnixTimeMilliseconds());

    private static DateTimeOffset Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);

    private static void RemoveDue(Connection db, Row row)
    {
        if (row.Place is not { } place) return;
        db.Use(_removeDue).Bind(1, place.Partition).Bind(2, place.Lane).Bind(3, place.DueMs).Bind(4, row.Key).Run();
    }

    /// <summary>What <c>message_dues</c> has that is due in a lane, earliest first, and is not claimed.</summary>
    private IEnumerable<(MessageKey Key, long Seq, LedgerPlace Place)> DueInTable(Connection db, LedgerPlace upTo, int limit)
    {
        // The claimed ones mostly stand before the others.
        var (dueMs, last) = _recent.ClaimedUpTo(upTo.Partition, upTo.Lane);
        var most = limit + _recent.Hidden(upTo.Partition, upTo.Lane);
        using var rows = db.Use(_due).Bind(1, upTo.Partition).Bind(2, upTo.Lane).Bind(3, upTo.DueMs).Bind(4, most).Bind(5, dueMs).Bind(6, last);
        while (limit > 0 && rows.Step())
        {
            var key = MessageKey.Read(rows.Blob(0));
            if (_recent.IsClaimed(key)) continue;
            limit--;
            yield return (key, rows.Int64(1), upTo with { DueMs = rows.Int64(2) });
        }
    }

    private long? FirstInTable(Connection db, int partition, string lane) =>
        DueInTable(db, new LedgerPlace(partition, lane, long.MaxValue), 1).Select(static entry => (long?)entry.Place.DueMs).FirstOrDefault();

    private static RecentMessage Indexed(MessageKey key, long seq, LedgerPlace place) =>
        new(key, seq) { Place = place, Stored = place, HasDue = true, HasId = true, IsIndexed = true };

    private static Statement Bound(Statement statement, int first, LedgerPlace? to) =>
        statement.Bind(first, (long?)to?.Partition).BindText(first + 1, to?.Lane).Bind(first + 2, to?.DueMs);

    private static void InsertEntry(Connection db, RecentMessage entry) =>
        Bound(db.Use(_insertEntry).Bind(1, entry.Seq).Bind(2, entry.Key), 3, entry.Stored).Run();

    private void Move(Connection db, Row row, LedgerPlace? to)
    {
        if (row.HasDue)
        {
            RemoveDue(db, row);
            if (to is { } place) MessageIndexer.AddDue(db, _recent, row.Key, row.Seq, place);
        }

        SetPlace(db, row, to);
    }

    /// <summary>Notes a place wherever it is looked up by the message.</summary>
    private void SetPlace(Connection db, Row row, LedgerPlace? to)
    {
        if (row.HasId) Bound(db.Use(_moveId).Bind(1, row.Key), 2, to).Run();
        if (row.Recent is not { } recent) return;
        // A restart reads it from the row for as long as the message is a recent one.
        if (recent is { IsStored: true, IsIndexed: false }) Bound(db.Use(_moveEntry).Bind(1, row.Seq), 2, to).Run();
        _recent.Move(recent, to);
    }
}
