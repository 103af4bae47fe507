using DlqCluster.Ledger;
using DlqCluster.Messages;
using DlqCluster.Sqlite.Engine;
using DlqCluster.Sqlite.Messages;
using DlqCluster.Storage;

namespace DlqCluster.Sqlite.Ledger;

/// <summary>The ledger in SQLite. Entries that are due at the same millisecond are ordered by message id.</summary>
public sealed class SqliteLedgerStore : ILedgerStore, IDisposable
{
    private readonly SqliteStore _store;
    private readonly SoonEntries _soon;

    /// <summary>Makes the store.</summary>
    /// <param name="store">The database.</param>
    public SqliteLedgerStore(SqliteStore store)
    {
        _store = store;
        // Should it fail, the entries are where they were, and the writer has said so.
        _soon = new SoonEntries(store.Clock, entries => _ = WriteAsync(entries));
        store.Closing += _soon.Flush;
    }

    /// <inheritdoc/>
    /// <remarks>Not an async method: it is on the way of every message.</remarks>
    public Task PutAsync(LedgerEntry entry)
    {
        try
        {
            _soon.Withdraw(entry.MessageId);
            return _store.WriteAsync((_store.Messages, MessageKey.Of(entry.MessageId), MessageTable.PlaceOf(entry)), Put);
        }
        catch (Exception error) when (error is ArgumentException or StorageUnavailableException)
        {
            return Task.FromException(error);
        }
    }

    /// <inheritdoc/>
    public Task PutSoonAsync(LedgerEntry entry)
    {
        _soon.Add(entry);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(int partition, MessageId messageId)
    {
        _soon.Withdraw(messageId);
        await _store.WriteTogetherAsync((_store.Messages, partition, MessageKey.Of(messageId)), Remove).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MessageId>> ClaimAsync(int partition, string lane, DateTimeOffset upTo, int limit, DateTimeOffset watchUntil)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var place = new LedgerPlace(partition, lane, upTo.ToUnixTimeMilliseconds());
        var claimed = await _store.WriteAsync((_store.Messages, place, limit, watchUntil.ToUnixTimeMilliseconds()), Claim).ConfigureAwait(false);
        return claimed.ConvertAll(static key => key.ToId());
    }

    /// <inheritdoc/>
    public async Task<int> ReleaseAsync(int partition, DateTimeOffset now, DateTimeOffset? dueAfter = null)
    {
        var afterMs = dueAfter?.ToUnixTimeMilliseconds() ?? long.MinValue;
        return await _store.WriteTogetherAsync((_store.Messages, partition, now.ToUnixTimeMilliseconds(), afterMs), Release).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LaneHead>> PeekAsync(int partition) =>
        await _store.ReadAsync((_store.Messages, partition), static (db, args) => args.Messages.Peek(db, args.partition)).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LaneCount>> CountAsync(int partition) =>
        await _store.ReadSlowlyAsync((_store.Messages, partition), static (db, args) => args.Messages.Count(db, args.partition)).ConfigureAwait(false);

    /// <inheritdoc/>
    public void Dispose()
    {
        _store.Closing -= _soon.Flush;
        _soon.Dispose();
    }

    private static bool Put(Connection db, (MessageTable Messages, MessageKey Key, LedgerPlace To) args)
    {
        args.Messages.Put(db, args.Key, args.To);
        return true;
    }

    private async Task WriteAsync(List<LedgerEntry> entries) =>
        await _store.WriteTogetherAsync((_store.Messages, entries), PutAll).ConfigureAwait(false);

    private static bool PutAll(Connection db, (MessageTable Messages, List<LedgerEntry> Entries) args)
    {
        args.Messages.PutAll(db, args.Entries);
        return true;
    }

    private static bool Remove(Connection db, (MessageTable Messages, int Partition, MessageKey Key) args)
    {
        args.Messages.Remove(db, args.Partition, args.Key);
        return true;
    }

    private static List<MessageKey> Claim(Connection db, (MessageTable Messages, LedgerPlace UpTo, int Limit, long WatchUntilMs) args) =>
        args.Messages.Claim(db, args.UpTo, args.Limit, args.WatchUntilMs);

    private static int Release(Connection db, (MessageTable Messages, int Partition, long NowMs, long AfterMs) args) =>
        args.Messages.Release(db, args.Partition, args.NowMs, args.AfterMs);
}
