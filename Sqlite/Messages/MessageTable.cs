using DlqCluster.Sqlite.Engine;

namespace DlqCluster.Sqlite.Messages;

/// <summary>
/// The rows of messages: each one's state and its ledger entry (whose half is in the other file). All that writes runs on the writer's
/// thread, within a transaction.
/// </summary>
/// <param name="behind">How many messages <see cref="MessageIndexer"/> gathers.</param>
/// <param name="known">Knows which ids are new.</param>
internal sealed partial class MessageTable(int behind, KnownIds known)
{
    private static readonly Sql _tail = new("SELECT ids_to, dues_to, (SELECT coalesce(max(seq), 0) FROM messages) FROM message_tail");
    private static readonly Sql _newest = new("SELECT seq, id, partition, lane, due_ms FROM messages WHERE seq > ?1 ORDER BY seq");
    private static readonly Sql _find = new("SELECT seq, partition, lane, due_ms FROM message_ids WHERE id = ?1");
    private static readonly Sql _read = new("SELECT version, data FROM messages WHERE seq = ?1 AND id = ?2");
    private static readonly Sql _readById = new(
        "SELECT m.version, m.data FROM message_ids i JOIN messages m ON m.seq = i.seq WHERE i.id = ?1");

    private static readonly Sql _readVersion = new("SELECT version FROM messages WHERE seq = ?1");
    private static readonly Sql _insertState = new("INSERT INTO messages (seq, id, version, data) VALUES (?1, ?2, ?3, ?4)");
    private static readonly Sql _addState = new("UPDATE messages SET version = ?2, data = ?3 WHERE seq = ?1 AND version IS NULL");
    private static readonly Sql _updateState = new("UPDATE messages SET version = ?2, data = ?3 WHERE seq = ?1 AND version = ?4");
    private static readonly Sql _clearState = new("UPDATE messages SET version = NULL, data = NULL WHERE seq = ?1 AND version = ?2");
    private static readonly Sql _deleteState = new("DELETE FROM messages WHERE seq = ?1 AND version = ?2");
    private static readonly Sql _idsAfter = new("SELECT id FROM message_ids WHERE id > ?1 ORDER BY id LIMIT ?2");
    private static readonly Sql _insertBoth = new(
        "INSERT INTO messages (seq, id, partition, lane, due_ms, version, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

    private static readonly Sql _forgetId = new("DELETE FROM message_ids WHERE id = ?1");

    // Another one after something was undone: a reader finds a message in the old one or in the new one, never in neither.
    private volatile RecentMessages _recent = new();
    private MessageIndexer? _indexer;
    private long _lastSeq;

    /// <summary>Which ids are new.</summary>
    public KnownIds Known => known;

    /// <summary>About how many messages there are: not fewer, but also those that are gone while older ones are there.</summary>
    /// <param name="db">A connection.</param>
    public static long CountAbout(Connection db) =>
        db.Number("SELECT coalesce((SELECT max(seq) FROM messages) - (SELECT min(seq) FROM messages) + 1, 0)");

    /// <summary>The next so many ids after one, in their order, of those in <c>message_ids</c>. On any thread.</summary>
    /// <param name="db">The connection of a reader.</param>
    /// <param name="args">The one, null for the first; and how many at the most.</param>
    public static List<MessageKey> IdsAfter(Connection db, (MessageKey? After, int Most) args)
    {
        var ids = new List<MessageKey>(args.Most);
        using var rows = db.Use(_idsAfter);
        if (args.After is { } after) rows.Bind(1, after);
        else rows.Bind(1, ReadOnlySpan<byte>.Empty);
        rows.Bind(2, args.Most);
        while (rows.Step()) ids.Add(MessageKey.Read(rows.Blob(0)));
        return ids;
    }

    /// <summary>Whether there is certainly no such message. On any thread.</summary>
    /// <param name="key">The message.</param>
    public bool IsNew(MessageKey key) => !_recent.TryGet(key, out _) && !known.MayContain(key);

    /// <summary>Reads a state. On any thread, with the connection of a reader.</summary>
    /// <param name="db">The connection.</param>
    /// <param name="key">The message.</param>
    /// <returns>Its version, null when there is none, and its bytes.</returns>
    public (long? Version, byte[] Data) Read(Connection db, MessageKey key)
    {
        // One that is just being stored is not there for this connection yet; one that the tables have found meanwhile they find.
        if (_recent.TryGet(key, out var recent))
        {
            using var row = db.Use(_read).Bind(1, recent.Seq).Bind(2, key);
            if (row.Step()) return State(row);
        }

        using var found = db.Use(_readById).Bind(1, key);
        return found.Step() ? State(found) : (null, []);
    }

    /// <summary>Stores a state, if its version is the expected one.</summary>
    /// <param name="db">The writer's connection.</param>
    /// <param name="key">The message.</param>
    /// <param name="expected">The version that it must have; null when there must be none.</param>
    /// <param name="version">Its new version.</param>
    /// <param name="data">Its bytes.</param>
    /// <returns>Whether it was stored; if not, the version that there is.</returns>
    public (bool Done, long? Stored) Write(Connection db, MessageKey key, long? expected, long version, ReadOnlySpan<byte> data)
    {
        EnsureLoaded(db);
        if (Find(db, key) is not { } row)
        {
            if (expected is not null) return (false, null);
            var seq = ++_lastSeq;
            db.Use(_insertState).Bind(1, seq).Bind(2, key).Bind(3, version).Bind(4, data).Run();
            _recent.Add(new RecentMessage(key, seq));
            return (true, null);
        }

        if (row.Recent is { IsStored: false } unstored)
        {
            if (expected is not null) return (false, null);
            Bound(db.Use(_insertBoth).Bind(1, row.Seq), 3, row.Place).Bind(2, key).Bind(6, version).Bind(7, data).Run();
            unstored.IsStored = true;
            return (true, null);
        }

        var statement = db.Use(expected is null ? _addState : _updateState).Bind(1, row.Seq).Bind(2, version).Bind(3, data);
        if (expected is { } former) statement.Bind(4, former);
        return statement.Run() > 0 ? (true, null) : (false, Version(db, row));
    }

    /// <summary>Removes a state, if its version is the expected one.</summary>
    /// <param name="db">The writer's connection.</param>
    /// <param name="key">The message.</param>
    /// <param name="expected">The version that it must have.</param>
    /// <returns>Whether it was removed; if not, the version that there is.</returns>
    public (bool Done, long? Stored) Clear(Connection db, MessageKey key, long? expected)
    {
        EnsureLoaded(db);
        if (Find(db, key) is not { } row) return (false, null);
        if (expected is not { } version) return (false, Version(db, row));
        var hasEntry = row.Place is not null;
        if (db.Use(hasEntry ? _clearState : _deleteState).Bind(1, row.Seq).Bind(2, version).Run() == 0) return (false, Version(db, row));
        if (!hasEntry) Forget(db, row);
        return (true, null);
    }

    /// <summary>The last thing in a transaction.</summary>
    /// <param name="db">The writer's connection.</param>
    /// <param name="writes">How many writes the transaction has had.</param>
    public void BeforeCommit(Connection db, int writes)
    {
        StoreEntries(db);
        _indexer?.Advance(db, writes);
    }

    /// <summary>The transaction is durable.</summary>
    public void Committed()
    {
        if (_indexer?.Committed() == true) known.RenewIfDue();
    }

    /// <summary>
    /// Reads the newest messages into memory: when the store opens, and when something was undone, which also gives up what is claimed. Should it fail, the
    /// next write tries it again.
    /// </summary>
    /// <param name="db">The writer's connection.</param>
    /// <exception cref="SqliteFault">They cannot be read.</exception>
    public void Load(Connection db)
    {
        _indexer = null;
        // When the whole transaction was undone, so were they.
        if (db.InTransaction) StoreEntries(db);
        else _unstored.Clear();
        var recent = new RecentMessages();
        var (idsTo, duesTo) = ReadTail(db);
        using var rows = db.Use(_newest).Bind(1, idsTo);
        while (rows.Step())
        {
            var seq = rows.Int64(0);
            var place = Place(rows, 2, 3, 4);
            recent.Add(new RecentMessage(MessageKey.Read(rows.Blob(1)), seq) { Place = place, Stored = place, HasDue = seq <= duesTo });
        }

        _recent = recent;
        _indexer = new MessageIndexer(recent, known, behind);
    }

    private static (long? Version, byte[] Data) State(Statement row) => row.IsNull(0) ? (null, []) : (row.Int64(0), row.Blob(1).ToArray());

    private static LedgerPlace? Place(Statement row, int partition, int lane, int due) =>
        row.IsNull(lane) ? null : new LedgerPlace((int)row.Int64(partition), row.Text(lane), row.Int64(due));

    private static long? Version(Connection db, Row row)
    {
        using var found = db.Use(_readVersion).Bind(1, row.Seq);
        return found.Step() && !found.IsNull(0) ? found.Int64(0) : null;
    }

    private void EnsureLoaded(Connection db)
    {
        if (_indexer is null) Load(db);
    }

    private (long IdsTo, long DuesTo) ReadTail(Connection db)
    {
        using var tail = db.Use(_tail);
        tail.Step();
        var (idsTo, duesTo, newest) = (tail.Int64(0), tail.Int64(1), tail.Int64(2));
        _lastSeq = Math.Max(Math.Max(_lastSeq, newest), Math.Max(idsTo, duesTo));
        return (idsTo, duesTo);
    }

    private Row? Find(Connection db, MessageKey key)
    {
        if (_recent.TryGet(key, out var recent)) return new Row(recent);
        if (!known.MayContain(key)) return null;
        using var row = db.Use(_find).Bind(1, key);
        return row.Step() ? new Row(key, row.Int64(0), Place(row, 1, 2, 3), null) : null;
    }

    private void Forget(Connection db, Row row)
    {
        db.Use(_forgetId).Bind(1, row.Key).Run();
        if (row.Recent is { } recent) _recent.Remove(recent);
    }

    /// <summary>What is known of a row before it is changed.</summary>
    /// <param name="Key">Its id.</param>
    /// <param name="Seq">Its number.</param>
    /// <param name="Place">Where its entry is stored to stand.</param>
    /// <param name="Recent">What memory has of it.</param>
    private readonly record struct Row(MessageKey Key, long Seq, LedgerPlace? Place, RecentMessage? Recent)
    {
        public Row(RecentMessage recent)
            : this(recent.Key, recent.Seq, recent.Stored, recent)
        {
        }

        /// <summary>Whether <c>message_dues</c> has its entry.</summary>
        public bool HasDue => Recent is not { HasDue: false };

        /// <summary>Whether <c>message_ids</c> has its entry's place.</summary>
        public bool HasId => Recent is not { HasId: false };
    }
}
