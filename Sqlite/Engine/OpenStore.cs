using DlqCluster.Sqlite.Messages;
using Microsoft.Extensions.Logging;

namespace DlqCluster.Sqlite.Engine;

/// <summary>Everything that a store has open: the directory's lock, the writer and the readers.</summary>
internal sealed class OpenStore : IDisposable
{
    private const int SmallestCacheKib = 256;

    private readonly DirectoryLock _lock;
    private readonly Connection _writing;

    private OpenStore(DirectoryLock directoryLock, Connection writing, MessageTable messages, Writer writer, Readers readers, int foundVersion)
    {
        _lock = directoryLock;
        _writing = writing;
        Messages = messages;
        Writer = writer;
        Readers = readers;
        FoundVersion = foundVersion;
    }

    /// <summary>The messages.</summary>
    public MessageTable Messages { get; }

    /// <summary>What is known of their ids.</summary>
    public KnownIds KnownIds => Messages.Known;

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
        // Those who share the directory need it for themselves only while the tables are made.
        var patience = TimeSpan.FromMilliseconds(options.Shared ? options.BusyTimeoutMs : 0);
        var directoryLock = DirectoryLock.Take(directory, patience);
        var connections = new List<Connection>();
        try
        {
            var half = options.CacheMb * 1024 / 2;
            var writing = Connect(connections, path, options, half);
            var found = Schema.Migrate(writing, path);
            // Ids that other processes write would not be known.
            var known = new KnownIds(options.Shared ? 0 : options.IdFilterMb * 1024L * 1024);
            var messages = new MessageTable(options.IndexBehind, known);
            messages.Load(writing);
            writing.Undone = () => messages.Load(writing);
            writing.BeforeSavepoint = () => messages.StoreEntries(writing);
            var slow = Reader();
            var readers = Enumerable.Range(0, options.ReadConnections).Select(_ => Reader()).ToList();
            if (options.Shared) directoryLock.Dispose();
            var reading = new Readers(readers, slow, options.MaxSlowReads, directory);
            known.Begin(MessageTable.CountAbout(writing), (after, most) => reading.ReadSlowlyAsync((after, most), MessageTable.IdsAfter));
            return new OpenStore(directoryLock, writing, messages, new Writer(writing, messages, options, directory, clock, logger), reading, found);

            Connection Reader()
            {
                var reader = Connect(connections, path, options, half / (options.ReadConnections + 1));
                reader.Execute("PRAGMA query_only = 1");
                return reader;
            }
        }
        catch (Exception error)
        {
            foreach (var connection in connections) connection.Dispose();
            directoryLock.Dispose();
            if (error is SqliteFault fault) throw fault.ToUnavailable(directory);
            throw;
        }
    }

    /// <summary>Commits what waits, closes the database (the last connection empties the log into it) and frees the directory.</summary>
    public void Dispose()
    {
        Writer.Stop();
        Readers.Dispose();
        _writing.Dispose();
        _lock.Dispose();
    }

    private static Connection Connect(List<Connection> opened, string path, SqliteOptions options, int cacheKib)
    {
        var connection = Connection.Open(path, options.BusyTimeoutMs);
        opened.Add(connection);
        Schema.Configure(connection, Math.Max(cacheKib, SmallestCacheKib), options.WalCheckpointMb);
        return connection;
    }
}
