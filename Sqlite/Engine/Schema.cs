using DlqCluster.Sqlite.DeadLetters;
using DlqCluster.Sqlite.Messages;
using DlqCluster.Storage;

namespace DlqCluster.Sqlite.Engine;

/// <summary>The tables, and how a database of an earlier version becomes one of this version.</summary>
internal static class Schema
{
    /// <summary>Bytes of a database page. Measured on this schema: 8,192 gains nothing, 16,384 loses a third.</summary>
    public const int PageBytes = 4_096;

    // "DLQC": tells our files from others.
    private const int ApplicationId = 0x444C5143;

    // Grain states: a plain rowid table, since WITHOUT ROWID would push states of 1 to 2 KiB into overflow pages (measured: a third
    // slower). Rows lie in the order of their first write, so the pages of old messages become free as a whole.
    // No auto_vacuum: a queue fills the pages that it freed, and keeping the map that incremental vacuum needs costs 7 % of every write.
    // The file stays as large as it once had to be; a backup (VACUUM INTO) is compact.
    // Letters: what can be searched and sorted is a narrow table, the letter itself lies apart, so that counts and sorts read little.
    // Words: one "document" a letter, of distinct normalised words (LetterWords); ascii keeps them as they are. Neither text nor positions
    // are stored: the letter has the text, and nobody asks for phrases. contentless_delete lets a letter's words be replaced.
    private const string Version1 = """
        CREATE TABLE grain_states (
            id INTEGER PRIMARY KEY, grain TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, data BLOB NOT NULL,
            UNIQUE (grain, name));

        CREATE TABLE reminders (
            grain TEXT NOT NULL, name TEXT NOT NULL, hash INTEGER NOT NULL, start_ticks INTEGER NOT NULL, period_ticks INTEGER NOT NULL,
            version INTEGER NOT NULL, PRIMARY KEY (grain, name)) WITHOUT ROWID;
        CREATE INDEX reminders_by_hash ON reminders (hash);

        CREATE TABLE ledger (
            message_id BLOB PRIMARY KEY, partition INTEGER NOT NULL, lane TEXT NOT NULL, due_ms INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX ledger_by_due ON ledger (partition, lane, due_ms);

        CREATE TABLE letters (
            id INTEGER PRIMARY KEY, message_id BLOB NOT NULL UNIQUE, partition INTEGER NOT NULL, version INTEGER NOT NULL,
            status TEXT NOT NULL, error_type TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL, fingerprint TEXT NOT NULL,
            created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, next_retry_ms INTEGER, dlq_retry_count INTEGER NOT NULL,
            replays_ended INTEGER NOT NULL, replays_delivered INTEGER NOT NULL, search_hash INTEGER NOT NULL);
        CREATE INDEX letters_by_created ON letters (created_ms, message_id);
        CREATE INDEX letters_by_updated ON letters (updated_ms, message_id);
        CREATE INDEX letters_by_status ON letters (status, created_ms, message_id);
        CREATE INDEX letters_by_source ON letters (source, status);
        CREATE INDEX letters_by_error ON letters (error_type, created_ms, message_id);
        CREATE INDEX letters_by_target ON letters (target, created_ms, message_id);
        CREATE INDEX letters_by_fingerprint ON letters (fingerprint, created_ms, message_id);
        CREATE INDEX letters_due ON letters (partition, next_retry_ms, message_id)
            WHERE status = 'dlq_pending' AND next_retry_ms IS NOT NULL;
        CREATE INDEX letters_stuck ON letters (partition, updated_ms, message_id) WHERE status = 'dlq_processing';
        CREATE INDEX letters_replayed ON letters (replays_ended, replays_delivered) WHERE replays_ended > 0;
        CREATE TABLE letter_bodies (id INTEGER PRIMARY KEY, json BLOB NOT NULL);
        CREATE TABLE letter_tags (letter_id INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (letter_id, tag)) WITHOUT ROWID;
        CREATE INDEX letter_tags_by_tag ON letter_tags (tag, letter_id);
        CREATE VIRTUAL TABLE letter_words USING fts5 (words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');

        CREATE TABLE health (id INTEGER PRIMARY KEY, checked_ms INTEGER NOT NULL);
        """;

    // Clustered by id, which begins with the time: new acts go to the end, pages are read from it, and the oldest leave from the front. Each
    // index ends with the id, so that every filter pages in order.
    private const string AuditLog = """
        CREATE TABLE audit (
            id BLOB PRIMARY KEY, at_ticks INTEGER NOT NULL, who TEXT NOT NULL, credential TEXT NOT NULL, act TEXT NOT NULL, subject TEXT,
            count INTEGER, reason TEXT, sender TEXT, outcome INTEGER NOT NULL, status INTEGER, detail TEXT) WITHOUT ROWID;
        CREATE INDEX audit_by_who ON audit (who, id);
        CREATE INDEX audit_by_act ON audit (act, id);
        CREATE INDEX audit_by_subject ON audit (subject, id) WHERE subject IS NOT NULL;
        CREATE INDEX audit_by_outcome ON audit (outcome, id);
        """;

    // What was decided when the data was created.
    private const string Layout = "CREATE TABLE layout (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;";

    // Ordering lanes: a row a place, in the order in which it is read.
    private const string OrderingLanes = """
        CREATE TABLE ordering (
            target TEXT NOT NULL, ordering_key TEXT NOT NULL, sequence INTEGER NOT NULL, message_id BLOB NOT NULL, blocked_ms INTEGER,
            PRIMARY KEY (target, ordering_key, sequence)) WITHOUT ROWID;
        CREATE INDEX ordering_blocked ON ordering (target, ordering_key) WHERE blocked_ms IS NOT NULL;
        """;

    private static readonly string[] _migrations = [Version1, AuditLog, Layout, OrderingLanes, LetterSchema.Numbers, MessageSchema.Tables];

    /// <summary>Sets up a connection: durable commits, memory, and for a new file what can only be set before its first table.</summary>
    /// <param name="db">The connection.</param>
    /// <param name="cacheKib">Its share of the page cache, in KiB.</param>
    /// <param name="checkpointMb">How large the log usually grows, in MiB; a far larger one is cut back when it starts over.</param>
    public static void Configure(Connection db, int cacheKib, int checkpointMb) => db.Execute($"""
        PRAGMA page_size = {PageBytes};
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA wal_autocheckpoint = 0;
        PRAGMA journal_size_limit = {4L * checkpointMb * 1024 * 1024};
        PRAGMA temp_store = MEMORY;
        PRAGMA cache_size = -{cacheKib};
        """);

    /// <summary>Brings the database to this version, in one transaction.</summary>
    /// <param name="db">The connection.</param>
    /// <param name="path">The file, for messages.</param>
    /// <returns>The version that it had; the same as now when there was nothing to do.</returns>
    /// <exception cref="StorageUnavailableException">It is not ours, or newer than this program.</exception>
    public static int Migrate(Connection db, string path)
    {
        var version = (int)db.Number("PRAGMA user_version");
        Verify(db, path, version);
        if (version != _migrations.Length) MigrateTo(db, _migrations.Length);
        return version;
    }

    /// <summary>Brings the database to a version, in one transaction.</summary>
    /// <param name="db">The connection.</param>
    /// <param name="version">The version, above the one that it has.</param>
    internal static void MigrateTo(Connection db, int version)
    {
        db.Execute("BEGIN IMMEDIATE");
        for (var next = (int)db.Number("PRAGMA user_version"); next < version; next++) db.Execute(_migrations[next]);
        db.Execute($"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {version}; COMMIT");
    }

    private static void Verify(Connection db, string path, int version)
    {
        var application = db.Number("PRAGMA application_id");
        var isEmpty = db.Number("SELECT count(*) FROM sqlite_master") == 0;
        if (application != ApplicationId && !isEmpty)
        {
            throw new StorageUnavailableException(
                $"'{path}' is a database of another program: choose another data directory (DATA_DIR or Storage:DataDirectory).");
        }

        if (version > _migrations.Length)
        {
            throw new StorageUnavailableException(
                $"'{path}' has schema version {version}, and this program knows versions up to {_migrations.Length}: run the newer program "
                + "that wrote it, or restore a backup from before that.");
        }
    }
}
