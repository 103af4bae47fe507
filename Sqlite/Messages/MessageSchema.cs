namespace DlqCluster.Sqlite.Messages;

/// <summary>The tables of messages: each one's state and its ledger entry, in one row.</summary>
internal static class MessageSchema
{
    // Rows lie in the order of arrival, so that those of a commit share pages, whatever their ids; their numbers are never used again.
    // What finds them by id and by due time are tables and not indexes, since they are written later, many entries at a time in their own
    // order (MessageIndexer). message_tail says how far they are; what came after that is found in memory (RecentMessages).
    // A row without a version is a ledger entry without a state, one without a lane a state without an entry. Once message_ids has a message,
    // the entry's place is there and no longer in its row: an entry that moves changes a narrow row that lies among those of its kind.
    /// <summary>Makes them, and moves what earlier versions kept elsewhere.</summary>
    public const string Tables = """
        CREATE TABLE messages (
            seq INTEGER PRIMARY KEY, id BLOB NOT NULL, partition INTEGER, lane TEXT, due_ms INTEGER, version INTEGER, data BLOB);
        CREATE TABLE message_ids (
            id BLOB PRIMARY KEY, seq INTEGER NOT NULL, partition INTEGER, lane TEXT, due_ms INTEGER) WITHOUT ROWID;
        CREATE TABLE message_dues (
            partition INTEGER NOT NULL, lane TEXT NOT NULL, due_ms INTEGER NOT NULL, id BLOB NOT NULL, seq INTEGER NOT NULL,
            PRIMARY KEY (partition, lane, due_ms, id)) WITHOUT ROWID;
        CREATE TABLE message_tail (id INTEGER PRIMARY KEY CHECK (id = 1), ids_to INTEGER NOT NULL, dues_to INTEGER NOT NULL);

        INSERT INTO messages (id, partition, lane, due_ms, version, data)
            SELECT unhex(substr(s.grain, 9), '-'), l.partition, l.lane, l.due_ms, s.version, s.data
            FROM grain_states s LEFT JOIN ledger l ON l.message_id = unhex(substr(s.grain, 9), '-')
            WHERE s.name = 'message' AND s.grain LIKE 'message/%' ORDER BY s.id;
        INSERT INTO message_ids (id, seq, partition, lane, due_ms) SELECT id, seq, partition, lane, due_ms FROM messages ORDER BY id;
        INSERT INTO messages (id, partition, lane, due_ms)
            SELECT message_id, partition, lane, due_ms FROM ledger WHERE message_id NOT IN (SELECT id FROM message_ids);
        INSERT OR IGNORE INTO message_ids (id, seq, partition, lane, due_ms) SELECT id, seq, partition, lane, due_ms FROM messages ORDER BY id;
        INSERT INTO message_dues (partition, lane, due_ms, id, seq)
            SELECT partition, lane, due_ms, id, seq FROM messages WHERE lane IS NOT NULL ORDER BY partition, lane, due_ms, id;
        INSERT INTO message_tail (id, ids_to, dues_to) SELECT 1, coalesce(max(seq), 0), coalesce(max(seq), 0) FROM messages;
        DELETE FROM grain_states WHERE name = 'message' AND grain LIKE 'message/%';
        DROP TABLE ledger;
        """;
}
