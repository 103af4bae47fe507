using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Sqlite.Engine;

namespace DlqCluster.Sqlite.DeadLetters;

/// <summary>A letter made ready to be written, on its caller's thread, so that the writer has little left to do.</summary>
internal sealed class LetterRow
{
    private static readonly Sql _find = new("SELECT id, version, search_hash FROM letters WHERE message_id = ?1");
    private static readonly Sql _insert = new("""
        INSERT INTO letters (partition, version, status, error_type, source, target, fingerprint, created_ms, updated_ms, next_retry_ms,
            dlq_retry_count, replays_ended, replays_delivered, search_hash, failed_ms, closed_ms, message_id)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
        """);

    private static readonly Sql _update = new("""
        UPDATE letters SET partition = ?1, version = ?2, status = ?3, error_type = ?4, source = ?5, target = ?6, fingerprint = ?7,
            created_ms = ?8, updated_ms = ?9, next_retry_ms = ?10, dlq_retry_count = ?11, replays_ended = ?12, replays_delivered = ?13,
            search_hash = ?14, failed_ms = ?15, closed_ms = ?16
        WHERE id = ?17
        """);

    private static readonly Sql _putBody = new(
        "INSERT INTO letter_bodies (id, json) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET json = excluded.json");

    private static readonly Sql _dropWords = new("DELETE FROM letter_words WHERE rowid = ?1");
    private static readonly Sql _putWords = new("INSERT INTO letter_words (rowid, words) VALUES (?1, ?2)");
    private static readonly Sql _dropTags = new("DELETE FROM letter_tags WHERE letter_id = ?1");
    private static readonly Sql _putTag = new("INSERT INTO letter_tags (letter_id, tag, created_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");

    private readonly int _partition;
    private readonly long _expectedVersion;
    private readonly Letter _letter;
    private readonly byte[] _json;
    private readonly string _words;
    private readonly long _searchHash;

    /// <summary>Makes a letter ready.</summary>
    /// <param name="partition">The partition that owns it.</param>
    /// <param name="letter">The letter.</param>
    /// <param name="expectedVersion">The version that is to be replaced; 0 for none.</param>
    public LetterRow(int partition, Letter letter, long expectedVersion)
    {
        _partition = partition;
        _expectedVersion = expectedVersion;
        _letter = letter with { Version = expectedVersion + 1 };
        _json = LetterJson.Write(_letter);
        _words = string.Join(' ', LetterWords.Of(letter));
        _searchHash = Hash(_words, letter.Metadata.Tags);
    }

    /// <summary>Writes the letter, if the stored one has the expected version.</summary>
    /// <returns>The new version; null when the stored version was another one.</returns>
    public static long? Write(Connection db, LetterRow row)
    {
        var (id, version, searchHash) = Find(db, row._letter.MessageId);
        if (version != row._expectedVersion) return null;
        if (id is { } known)
        {
            row.Bind(db.Use(_update)).Bind(17, known).Run();
        }
        else
        {
            row.Bind(db.Use(_insert)).Bind(17, row._letter.MessageId).Run();
            id = db.LastRowId;
        }

        db.Use(_putBody).Bind(1, id.Value).Bind(2, row._json).Run();
        if (searchHash != row._searchHash) row.WriteSearch(db, id.Value, isNew: version == 0);
        return row._letter.Version;
    }

    private static (long? Id, long Version, long? SearchHash) Find(Connection db, MessageId messageId)
    {
        using var found = db.Use(_find).Bind(1, messageId);
        return found.Step() ? (found.Int64(0), found.Int64(1), found.Int64(2)) : (null, 0, null);
    }

    // Most changes of a letter leave its words and tags alone; the hash tells, and spares the full-text index.
    private static long Hash(string words, IReadOnlyList<string> tags)
    {
        var text = Encoding.UTF8.GetBytes(words + '\n' + string.Join('\n', tags));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        return BinaryPrimitives.ReadInt64BigEndian(hash);
    }

    private Statement Bind(Statement statement) => statement
        .Bind(1, _partition)
        .Bind(2, _letter.Version)
        .Bind(3, LetterStatuses.Name(_letter.Status))
        .Bind(4, ErrorTypes.Name(_letter.ErrorType))
        .Bind(5, _letter.Metadata.Source ?? "")
        .Bind(6, _letter.Metadata.Target)
        .Bind(7, _letter.Fingerprint)
        .Bind(8, _letter.CreatedAt.ToUnixTimeMilliseconds())
        .Bind(9, _letter.UpdatedAt.ToUnixTimeMilliseconds())
        .Bind(10, _letter.NextRetryAt?.ToUnixTimeMilliseconds())
        .Bind(11, _letter.DlqRetryCount)
        .Bind(12, _letter.ReplayAttempts.Count(attempt => attempt.EndedAt is not null))
        .Bind(13, _letter.ReplayAttempts.Count(attempt => attempt is { EndedAt: not null, Delivered: true }))
        .Bind(14, _searchHash)
        .Bind(15, _letter.LastFailedAt.ToUnixTimeMilliseconds())
        .Bind(16, _letter.ClosedAt?.ToUnixTimeMilliseconds());

    private void WriteSearch(Connection db, long id, bool isNew)
    {
        if (!isNew)
        {
            db.Use(_dropWords).Bind(1, id).Run();
            db.Use(_dropTags).Bind(1, id).Run();
        }

        db.Use(_putWords).Bind(1, id).Bind(2, _words).Run();
        foreach (var tag in _letter.Metadata.Tags)
            db.Use(_putTag).Bind(1, id).Bind(2, tag).Bind(3, _letter.CreatedAt.ToUnixTimeMilliseconds()).Run();
    }
}
