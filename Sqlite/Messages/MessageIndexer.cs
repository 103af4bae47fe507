using DlqCluster.Sqlite.Engine;

namespace DlqCluster.Sqlite.Messages;

/// <summary>
/// Writes what finds messages by due time and by id, behind the writes of the messages: entries of the same page come together, where in the
/// order of arrival each would change a page of its own. It goes on by a few entries in each commit, so that none takes noticeably longer.
/// </summary>
/// <param name="recent">The messages.</param>
/// <param name="known">Is told of each id that is written.</param>
/// <param name="behind">How many messages are gathered for one run.</param>
internal sealed class MessageIndexer(RecentMessages recent, KnownIds known, int behind)
{
    // A new message takes at least two writes and two entries here, so this keeps up.
    private const int EntriesPerWrite = 2;
    private const int LeastEntries = 8;

    private static readonly Sql _addDue = new("INSERT INTO message_dues (partition, lane, due_ms, id, seq) VALUES (?1, ?2, ?3, ?4, ?5)");
    private static readonly Sql _addId = new(
        "INSERT OR REPLACE INTO message_ids (id, seq, partition, lane, due_ms) VALUES (?1, ?2, ?3, ?4, ?5)");

    private static readonly Sql _duesTo = new("UPDATE message_tail SET dues_to = ?1");
    private static readonly Sql _idsTo = new("UPDATE message_tail SET ids_to = ?1");

    /// <summary>How many of the messages, from the oldest, this run is about; 0 between runs.</summary>
    private int _count;
    private int _duesWritten;
    private RecentMessage[]? _byId;
    private int _idsWritten;
    private bool _isComplete;

    /// <summary>Goes on with a run, within a transaction.</summary>
    /// <param name="db">The writer's connection.</param>
    /// <param name="writes">How many writes the transaction has had.</param>
    public void Advance(Connection db, int writes)
    {
        if (_count == 0)
        {
            if (recent.InOrder.Count < 2 * behind) return;
            _count = behind;
        }

        var entries = Math.Max(LeastEntries, EntriesPerWrite * writes);
        if (_duesWritten < _count) WriteDues(db, entries);
        else WriteIds(db, entries);
    }

    /// <summary>The transaction is durable.</summary>
    /// <returns>Whether a run has ended with it, so that all ids that were written are durable.</returns>
    public bool Committed()
    {
        if (!_isComplete) return false;
        recent.RemoveOldest(_count);
        _count = _duesWritten = _idsWritten = 0;
        _byId = null;
        _isComplete = false;
        return true;
    }

    /// <summary>Adds an entry to <c>message_dues</c>.</summary>
    public static void AddDue(Connection db, RecentMessages recent, MessageKey key, long seq, LedgerPlace place)
    {
        recent.NoteChanged(place, key);
        db.Use(_addDue).Bind(1, place.Partition).Bind(2, place.Lane).Bind(3, place.DueMs).Bind(4, key).Bind(5, seq).Run();
    }

    private void WriteDues(Connection db, int entries)
    {
        var last = recent.InOrder[_duesWritten];
        for (; entries > 0 && _duesWritten < _count; _duesWritten++)
        {
            last = recent.InOrder[_duesWritten];
            if (last.IsGone || last.HasDue) continue;
            if (last.Stored is { } place) AddDue(db, recent, last.Key, last.Seq, place);
            recent.HandOver(last);
            entries--;
        }

        db.Use(_duesTo).Bind(1, last.Seq).Run();
    }

    private void WriteIds(Connection db, int entries)
    {
        // Those that go while the ids are being written take theirs with them.
        _byId ??= [.. recent.InOrder.Take(_count).OrderBy(static message => message.Key)];
        for (; entries > 0 && _idsWritten < _count; _idsWritten++)
        {
            var message = _byId[_idsWritten];
            if (message.IsGone) continue;
            db.Use(_addId).Bind(1, message.Key).Bind(2, message.Seq)
                .Bind(3, (long?)message.Stored?.Partition).BindText(4, message.Stored?.Lane).Bind(5, message.Stored?.DueMs).Run();
            known.Add(message.Key);
            message.HasId = true;
            entries--;
        }

        if (_idsWritten < _count) return;
        db.Use(_idsTo).Bind(1, recent.InOrder[_count - 1].Seq).Run();
        _isComplete = true;
    }
}
