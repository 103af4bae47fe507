using Microsoft.Extensions.Logging;

namespace DlqCluster.Sqlite.Engine;

/// <summary>Everything that a store has open: the directory's lock, the writer and the readers.</summary>
internal sealed class OpenStore : IDisposable
{
    private readonly DirectoryLock _lock;
    private readonly Connection _writing;

    private OpenStore(DirectoryLock directoryLock, Connection writing, Writer writer, Readers readers, int foundVersion)
    {
        _lock = directoryLock;
        _writing = writing;
        Writer = writer;
        Readers = readers;
        FoundVersion = foundVersion;
    }

    /// <summary>The writer.</summary>
    public Writer Writer { get; }

    /// <summary>The readers.</summary>
    public Readers Readers { get; }

    /// <summary>The schema version that the database had before it was opened; 0 for a new one.</summary>
    public int FoundVersion { get; }

    /// <summary>Takes the directory, opens the database and brings it to this version.</summary>
    /// <exception cref="DlqCluster.Storage.StorageUnavailableException">It cannot.</exception>
    public static OpenStore Open(SqliteOptions options, string directory, string path, TimeProvider clock, ILogger logger)
    {
        var opened = new Stack<IDisposable>();
        try
        {
            var directoryLock = Push(DirectoryLock.Take(directory));
            var half = options.CacheMb * 1024 / 2;
            var writing = Push(Connect(half));
            var found = Schema.Migrate(writing, path);
            var readers = new List<Connection>();
            for (var i = 0; i < options.ReadConnections; i++) readers.Add(Push(Connect(half / (options.ReadConnections + 1), readOnly: true)));
            var slow = Push(Connect(half / (options.ReadConnections + 1), readOnly: true));
            return new OpenStore(
                directoryLock,
                writing,
                new Writer(writing, options, directory, clock, logger),
                new Readers(readers, slow, options.MaxSlowReads, directory),
                found);
        }
        catch (Exception error)
        {
            while (opened.TryPop(out var item)) item.Dispose();
            if (error is SqliteFault fault) throw fault.ToUnavailable(directory);
            throw;
        }

        T Push<T>(T item)
            where T : IDisposable
        {
            opened.Push(item);
            return item;
        }

        Connection Connect(int cacheKib, bool readOnly = false)
        {
            var connection = Connection.Open(path, options.BusyTimeoutMs);
            try
            {
                Schema.Configure(connection, Math.Max(cacheKib, 256));
                if (readOnly) connection.Execute("PRAGMA query_only = 1");
                return connection;
            }
            catch (SqliteFault)
            {
                connection.Dispose();
                throw;
            }
        }
    }

    /// <summary>Commits what waits, empties the log into the database (closing its last connection does) and lets go of the directory.</summary>
    public void Dispose()
    {
        Writer.Stop();
        Readers.Dispose();
        _writing.Dispose();
        _lock.Dispose();
    }
}
