using DlqCluster.Storage;

namespace DlqCluster.Sqlite.Engine;

/// <summary>
/// The readers. Short reads run at once on their caller's thread, since a lookup takes less than handing it over would. Counts and searches
/// take as long as there are letters, so they run on a thread of their own, one after the other.
/// </summary>
internal sealed class Readers : IDisposable
{
    private readonly object _gate = new();
    private readonly Stack<Connection> _free;
    private readonly List<Connection> _all;
    private readonly Connection _slow;
    private readonly Pump<Action> _slowReads;
    private readonly string _directory;
    private readonly int _slowLimit;
    private bool _closed;

    /// <summary>Makes the readers.</summary>
    /// <param name="connections">For short reads; at least one.</param>
    /// <param name="slow">For counts and searches.</param>
    /// <param name="maxSlowReads">The most counts and searches that may wait.</param>
    /// <param name="directory">The data directory, for messages.</param>
    public Readers(IReadOnlyList<Connection> connections, Connection slow, int maxSlowReads, string directory)
    {
        _free = new Stack<Connection>(connections);
        _all = [.. connections, slow];
        _slow = slow;
        _slowLimit = maxSlowReads;
        _directory = directory;
        _slowReads = new Pump<Action>("sqlite-reader", maxSlowReads, 1, ThreadPriority.BelowNormal, static batch => batch[0]());
    }

    /// <summary>Reads now, on this thread.</summary>
    /// <exception cref="StorageUnavailableException">The store is closed, or its disk failed.</exception>
    public TResult Read<TArgs, TResult>(TArgs args, Func<Connection, TArgs, TResult> body)
    {
        var db = Rent();
        try
        {
            return body(db, args);
        }
        catch (SqliteFault fault)
        {
            throw fault.ToUnavailable(_directory);
        }
        finally
        {
            Return(db);
        }
    }

    /// <summary>Reads on the thread for long reads.</summary>
    public Task<TResult> ReadSlowlyAsync<TArgs, TResult>(TArgs args, Func<Connection, TArgs, TResult> body)
    {
        var done = new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var posted = _slowReads.Post(() =>
        {
            try
            {
                done.SetResult(body(_slow, args));
            }
            catch (SqliteFault fault)
            {
                done.SetException(fault.ToUnavailable(_directory));
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        });
        if (posted is Posted.Accepted) return done.Task;
        return Task.FromException<TResult>(posted is Posted.Full
            ? new StorageUnavailableException(
                $"{_slowLimit} counts and searches already wait: ask less often, or raise Storage:MaxSlowReads.")
            : Closed());
    }

    /// <summary>Waits for the reads under way, and closes the connections.</summary>
    public void Dispose()
    {
        _slowReads.Stop();
        lock (_gate)
        {
            _closed = true;
            while (_free.Count < _all.Count - 1) Monitor.Wait(_gate);
        }

        foreach (var connection in _all) connection.Dispose();
    }

    private static StorageUnavailableException Closed() => new("The store is closed: the service is stopping.");

    private Connection Rent()
    {
        lock (_gate)
        {
            while (_free.Count == 0 && !_closed) Monitor.Wait(_gate);
            if (_closed) throw Closed();
            return _free.Pop();
        }
    }

    private void Return(Connection db)
    {
        lock (_gate)
        {
            _free.Push(db);
            Monitor.PulseAll(_gate);
        }
    }
}
