using SQLitePCL;

namespace DlqCluster.Sqlite.Engine;

/// <summary>One connection to the database, with the statements that it keeps prepared. Used by one thread at a time.</summary>
internal sealed class Connection : IDisposable
{
    private readonly sqlite3 _handle;
    private Statement?[] _kept = new Statement?[64];

    static Connection() => Batteries_V2.Init();

    private Connection(sqlite3 handle) => _handle = handle;

    /// <summary>Whether a transaction is open. An error can end one without being asked.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>The rowid of the row that was inserted last.</summary>
    public long LastRowId => raw.sqlite3_last_insert_rowid(_handle);

    /// <summary>Called before a savepoint, within a transaction: what has only been gathered so far must not be part of it.</summary>
    public Action? BeforeSavepoint { get; set; }

    /// <summary>Called after something that ran on this connection was undone; it may read.</summary>
    public Action? Undone { get; set; }

    /// <summary>Opens the file, and makes it if need be.</summary>
    /// <param name="path">The file.</param>
    /// <param name="busyTimeoutMs">How long to wait for other programs' locks.</param>
    /// <exception cref="SqliteFault">It cannot be opened.</exception>
    public static Connection Open(string path, int busyTimeoutMs)
    {
        const int flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX;
        var result = raw.sqlite3_open_v2(path, out var handle, flags, null);
        if (result != raw.SQLITE_OK)
        {
            handle?.Dispose();
            throw new SqliteFault(result, raw.sqlite3_errstr(result).utf8_to_string());
        }

        raw.sqlite3_extended_result_codes(handle, 1);
        raw.sqlite3_busy_timeout(handle, busyTimeoutMs);
        return new Connection(handle);
    }

    /// <summary>Tells that something was undone.</summary>
    public void NoteUndone() => Undone?.Invoke();

    /// <summary>A statement of this connection, prepared when it is used first.</summary>
    public Statement Use(Sql sql)
    {
        if (sql.Index >= _kept.Length) Array.Resize(ref _kept, sql.Index + 64);
        return _kept[sql.Index] ??= Prepare(sql.Text, kept: true);
    }

    /// <summary>A statement for one use.</summary>
    public Statement Prepare(string text) => Prepare(text, kept: false);

    /// <summary>Runs statements that take no parameters and give no rows.</summary>
    public void Execute(string script)
    {
        var result = raw.sqlite3_exec(_handle, script);
        if (result != raw.SQLITE_OK) throw Fault(result);
    }

    /// <summary>The first column of the first row of a query, as an integer.</summary>
    public long Number(string query)
    {
        using var statement = Prepare(query);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    /// <summary>How many pages were written to the log since this was asked last.</summary>
    public int TakePagesWritten()
    {
        _ = raw.sqlite3_db_status(_handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, 1);
        return pages;
    }

    /// <summary>Forgets the pages that it keeps and does not need just now.</summary>
    /// <returns>How much memory that was, in bytes.</returns>
    public int DropCache()
    {
        var before = CacheBytes();
        Execute("PRAGMA shrink_memory");
        return before - CacheBytes();
    }

    /// <summary>Copies the log into the database as far as readers allow; never waits for them.</summary>
    /// <returns>SQLite's result code: a checkpoint that fails endangers nothing, the log just grows until one succeeds.</returns>
    public int Checkpoint() => raw.sqlite3_wal_checkpoint_v2(_handle, null, raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var statement in _kept) statement?.Free();
        _handle.Dispose();
    }

    private int CacheBytes()
    {
        _ = raw.sqlite3_db_status(_handle, raw.SQLITE_DBSTATUS_CACHE_USED, out var bytes, out _, 0);
        return bytes;
    }

    private Statement Prepare(string text, bool kept)
    {
        var flags = kept ? (uint)raw.SQLITE_PREPARE_PERSISTENT : 0;
        var result = raw.sqlite3_prepare_v3(_handle, text, flags, out var statement);
        if (result != raw.SQLITE_OK) throw Fault(result);
        return new Statement(_handle, statement, kept);
    }

    private SqliteFault Fault(int result) => new(result, raw.sqlite3_errmsg(_handle).utf8_to_string());
}
