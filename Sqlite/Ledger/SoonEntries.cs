using DlqCluster.Ledger;
using DlqCluster.Messages;

namespace DlqCluster.Sqlite.Ledger;

/// <summary>
/// Ledger entries that need not be durable at once. Gathered and written in the order of their keys, many of them change one page of the
/// database, where each by itself would change a page in every commit.
/// </summary>
internal sealed class SoonEntries : IDisposable
{
    /// <summary>So many are written together at the most: a few milliseconds of the writer.</summary>
    private const int MaxEntries = 512;

    private static readonly TimeSpan _delay = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly Dictionary<MessageId, LedgerEntry> _entries = [];
    private readonly Action<List<LedgerEntry>> _write;
    private readonly ITimer _timer;

    /// <summary>Makes one.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="write">Queues a write of entries. What is queued later is written later.</param>
    public SoonEntries(TimeProvider clock, Action<List<LedgerEntry>> write)
    {
        _write = write;
        _timer = clock.CreateTimer(static soon => ((SoonEntries)soon!).Flush(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes an entry, in place of an earlier one of the message.</summary>
    public void Add(LedgerEntry entry)
    {
        lock (_gate)
        {
            _entries[entry.MessageId] = entry;
            if (_entries.Count >= MaxEntries) Flush();
            else if (_entries.Count == 1) _timer.Change(_delay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Forgets a message's entry: something newer is about to be written.</summary>
    public void Withdraw(MessageId id)
    {
        lock (_gate) _entries.Remove(id);
    }

    /// <summary>Queues what there is.</summary>
    public void Flush()
    {
        // Queued under the lock, so that what comes after a withdrawal that found nothing is queued after this.
        lock (_gate)
        {
            if (_entries.Count == 0) return;
            var entries = _entries.Values.ToList();
            _entries.Clear();
            _write(entries);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Flush();
        _timer.Dispose();
    }
}
