namespace DlqCluster.Sqlite.DeadLetters;

/// <summary>The tables and indexes that serve people's questions about letters.</summary>
internal static class LetterSchema
{
    private const string OldGroups =
        "(VALUES ('fingerprint', OLD.fingerprint), ('errorType', OLD.error_type), ('target', OLD.target), ('source', OLD.source), ('partition', CAST(OLD.partition AS TEXT)))";

    private const string NewGroups =
        "(VALUES ('fingerprint', NEW.fingerprint), ('errorType', NEW.error_type), ('target', NEW.target), ('source', NEW.source), ('partition', CAST(NEW.partition AS TEXT)))";

    private const string CountIn = """
        INSERT INTO letter_groups
            SELECT kind, name, 1, NEW.status = 'dlq_pending', NEW.status = 'dlq_processing', NEW.status = 'dlq_resolved',
                NEW.status = 'dlq_failed', NEW.status = 'dlq_manual', NEW.replays_ended, NEW.replays_delivered, NEW.created_ms, NEW.failed_ms
            FROM (SELECT 'fingerprint' AS kind, NEW.fingerprint AS name UNION ALL SELECT 'errorType', NEW.error_type
                UNION ALL SELECT 'target', NEW.target UNION ALL SELECT 'source', NEW.source
                UNION ALL SELECT 'partition', CAST(NEW.partition AS TEXT))
            WHERE true
            ON CONFLICT DO UPDATE SET total = total + 1, pending = pending + excluded.pending, processing = processing + excluded.processing,
                resolved = resolved + excluded.resolved, failed = failed + excluded.failed, manual = manual + excluded.manual,
                replays_ended = replays_ended + excluded.replays_ended, replays_delivered = replays_delivered + excluded.replays_delivered,
                first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms);
        """;

    private const string CountOut = $"""
        UPDATE letter_groups SET total = total - 1, pending = pending - (OLD.status = 'dlq_pending'),
            processing = processing - (OLD.status = 'dlq_processing'), resolved = resolved - (OLD.status = 'dlq_resolved'),
            failed = failed - (OLD.status = 'dlq_failed'), manual = manual - (OLD.status = 'dlq_manual'),
            replays_ended = replays_ended - OLD.replays_ended, replays_delivered = replays_delivered - OLD.replays_delivered
        WHERE (kind, name) IN {OldGroups};
        """;

    private const string ForgetEmpty = $"""
        DELETE FROM letter_groups WHERE total = 0
            AND (kind, name) IN {OldGroups};
        """;

    /// <summary>
    /// Every filter has an index that ends in the order that people see by default, and every other sort has one that ends the same way, so
    /// that a page is read along an index and ties never need a sort. <c>letter_groups</c> counts letters by what they have in common, in the
    /// same transaction that changes a letter, by triggers, so that no count can be forgotten. <c>letter_marks</c> is what people say of a
    /// group; it outlives its letters.
    /// </summary>
    public const string Numbers = $"""
        ALTER TABLE letters ADD COLUMN failed_ms INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE letters ADD COLUMN closed_ms INTEGER;
        UPDATE letters SET failed_ms = created_ms, closed_ms = iif(status IN ('dlq_resolved', 'dlq_failed'), updated_ms, NULL);

        DROP INDEX letters_by_source;
        DROP INDEX letters_by_updated;
        CREATE INDEX letters_by_source ON letters (source, created_ms, message_id);
        CREATE INDEX letters_by_updated ON letters (updated_ms, created_ms, message_id);
        CREATE INDEX letters_by_status_updated ON letters (status, updated_ms, created_ms, message_id);
        CREATE INDEX letters_by_next_retry ON letters (next_retry_ms, created_ms, message_id);
        CREATE INDEX letters_by_status_next_retry ON letters (status, next_retry_ms, created_ms, message_id);
        CREATE INDEX letters_by_retries ON letters (dlq_retry_count, created_ms, message_id);
        CREATE INDEX letters_closed ON letters (partition, status, closed_ms) WHERE closed_ms IS NOT NULL;

        ALTER TABLE letter_tags RENAME TO old_letter_tags;
        DROP INDEX letter_tags_by_tag;
        CREATE TABLE letter_tags (
            letter_id INTEGER NOT NULL, tag TEXT NOT NULL, created_ms INTEGER NOT NULL, PRIMARY KEY (letter_id, tag)) WITHOUT ROWID;
        INSERT INTO letter_tags SELECT letter_id, tag, created_ms FROM old_letter_tags JOIN letters ON letters.id = letter_id;
        DROP TABLE old_letter_tags;
        CREATE INDEX letter_tags_by_tag ON letter_tags (tag, created_ms, letter_id);

        CREATE TABLE letter_groups (
            kind TEXT NOT NULL, name TEXT NOT NULL, total INTEGER NOT NULL, pending INTEGER NOT NULL, processing INTEGER NOT NULL,
            resolved INTEGER NOT NULL, failed INTEGER NOT NULL, manual INTEGER NOT NULL, replays_ended INTEGER NOT NULL,
            replays_delivered INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
        CREATE TABLE letter_marks (
            kind TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, owner TEXT, note TEXT, muted INTEGER NOT NULL,
            resolved_ms INTEGER, changed_by TEXT NOT NULL, changed_ms INTEGER NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;

        CREATE VIEW letter_kinds AS
            SELECT id, 'fingerprint' AS kind, fingerprint AS name FROM letters UNION ALL SELECT id, 'errorType', error_type FROM letters
            UNION ALL SELECT id, 'target', target FROM letters UNION ALL SELECT id, 'source', source FROM letters
            UNION ALL SELECT id, 'partition', CAST(partition AS TEXT) FROM letters;
        INSERT INTO letter_groups
            SELECT kind, name, count(*), sum(status = 'dlq_pending'), sum(status = 'dlq_processing'), sum(status = 'dlq_resolved'),
                sum(status = 'dlq_failed'), sum(status = 'dlq_manual'), sum(replays_ended), sum(replays_delivered), min(created_ms), max(failed_ms)
            FROM letter_kinds JOIN letters USING (id) GROUP BY kind, name;
        DROP VIEW letter_kinds;

        CREATE TRIGGER letter_counted AFTER INSERT ON letters BEGIN
            {CountIn}
        END;

        CREATE TRIGGER letter_uncounted AFTER DELETE ON letters BEGIN
            {CountOut}
            {ForgetEmpty}
        END;

        CREATE TRIGGER letter_recounted
        AFTER UPDATE OF status, replays_ended, replays_delivered, failed_ms, fingerprint, error_type, target, source, partition ON letters
        WHEN NEW.fingerprint = OLD.fingerprint AND NEW.error_type = OLD.error_type AND NEW.target = OLD.target AND NEW.source = OLD.source
            AND NEW.partition = OLD.partition AND (NEW.status, NEW.replays_ended, NEW.replays_delivered, NEW.failed_ms)
            <> (OLD.status, OLD.replays_ended, OLD.replays_delivered, OLD.failed_ms)
        BEGIN
            UPDATE letter_groups SET
                pending = pending + (NEW.status = 'dlq_pending') - (OLD.status = 'dlq_pending'),
                processing = processing + (NEW.status = 'dlq_processing') - (OLD.status = 'dlq_processing'),
                resolved = resolved + (NEW.status = 'dlq_resolved') - (OLD.status = 'dlq_resolved'),
                failed = failed + (NEW.status = 'dlq_failed') - (OLD.status = 'dlq_failed'),
                manual = manual + (NEW.status = 'dlq_manual') - (OLD.status = 'dlq_manual'),
                replays_ended = replays_ended + NEW.replays_ended - OLD.replays_ended,
                replays_delivered = replays_delivered + NEW.replays_delivered - OLD.replays_delivered,
                last_ms = max(last_ms, NEW.failed_ms)
            WHERE (kind, name) IN {NewGroups};
        END;

        CREATE TRIGGER letter_regrouped AFTER UPDATE OF fingerprint, error_type, target, source, partition ON letters
        WHEN (NEW.fingerprint, NEW.error_type, NEW.target, NEW.source, NEW.partition)
            <> (OLD.fingerprint, OLD.error_type, OLD.target, OLD.source, OLD.partition)
        BEGIN
            {CountOut}
            {CountIn}
            {ForgetEmpty}
        END;
        """;
}
