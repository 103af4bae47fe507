using System.Text;
using SQLitePCL;

namespace DlqCluster.Benchmarks.Ceiling;

/// <summary>A table in SQLite, with a thread that commits all that waits at once: one fsync for many writes.</summary>
internal sealed class CeilingStore : IDisposable
{
    private const int MaxBatch = 1_000;
    private const int PagesPerCheckpoint = 4_096;

    private readonly object _gate = new();
    private readonly Queue<Write> _queue = new();
    private readonly sqlite3 _db;
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt _commit;
    private readonly sqlite3_stmt _insert;
    private readonly sqlite3_stmt _delete;

    /// <summary>Opens it and starts its thread.</summary>
    /// <param name="path">The file.</param>
    public CeilingStore(string path)
    {
        Batteries_V2.Init();
        Check(raw.sqlite3_open_v2(path, out _db, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX, null));
        Check(raw.sqlite3_exec(
            _db,
            $"""
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = {PagesPerCheckpoint}; PRAGMA cache_size = -32768;
            CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, payload BLOB NOT NULL);
            """));
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _insert = Prepare("INSERT INTO messages (id, payload) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
        _delete = Prepare("DELETE FROM messages WHERE id = ?1");
        new Thread(Loop) { IsBackground = true, Name = "writer" }.Start();
    }

    /// <summary>Stores a message durably.</summary>
    /// <returns>False when it was there.</returns>
    public Task<bool> InsertAsync(Message message) => Post(new Write(message, _insert));

    /// <summary>Deletes a message durably.</summary>
    public Task<bool> DeleteAsync(Message message) => Post(new Write(message, _delete));

    /// <inheritdoc/>
    public void Dispose() => _db.Dispose();

    private Task<bool> Post(Write write)
    {
        lock (_gate)
        {
            _queue.Enqueue(write);
            if (_queue.Count == 1) Monitor.Pulse(_gate);
        }

        return write.Task;
    }

    private void Loop()
    {
        var batch = new List<Write>(MaxBatch);
        while (true)
        {
            lock (_gate)
            {
                while (_queue.Count == 0) Monitor.Wait(_gate);
                while (batch.Count < MaxBatch && _queue.TryDequeue(out var write)) batch.Add(write);
            }

            Run(_begin);
            foreach (var write in batch) write.Done = Execute(write);
            Run(_commit);
            foreach (var write in batch) write.SetResult(write.Done);
            batch.Clear();
        }
    }

    private bool Execute(Write write)
    {
        Span<byte> id = stackalloc byte[256];
        var length = Encoding.UTF8.GetBytes(write.Message.Id, id);
        raw.sqlite3_bind_text(write.Statement, 1, id[..length]);
        if (write.Statement == _insert) raw.sqlite3_bind_blob(write.Statement, 2, write.Message.Payload.Span);
        Run(write.Statement);
        return raw.sqlite3_changes(_db) > 0;
    }

    private static void Run(sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        if (result != raw.SQLITE_DONE) Environment.FailFast($"SQLite answered {result}.");
    }

    private static void Check(int result)
    {
        if (result != raw.SQLITE_OK) throw new InvalidOperationException($"SQLite answered {result}.");
    }

    private sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_db, sql, out var statement));
        return statement;
    }

    private sealed class Write(Message message, sqlite3_stmt statement) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Message Message => message;

        public sqlite3_stmt Statement => statement;

        public bool Done { get; set; }
    }
}
