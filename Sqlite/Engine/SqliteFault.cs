using DlqCluster.Storage;
using SQLitePCL;

namespace DlqCluster.Sqlite.Engine;

/// <summary>An error that SQLite reported.</summary>
internal sealed class SqliteFault(int code, string message) : Exception($"SQLite error {code}: {message}")
{
    /// <summary>SQLite's extended result code.</summary>
    public int Code { get; } = code;

    /// <summary>SQLite's result code without its detail.</summary>
    public int PrimaryCode => Code & 0xFF;

    /// <summary>
    /// Whether it concerns the statement alone (a constraint, a value that is too big), so that the rest of its transaction can go on. All
    /// others say something about the disk, the file or the machine.
    /// </summary>
    public bool ConcernsStatementAlone => PrimaryCode is raw.SQLITE_CONSTRAINT or raw.SQLITE_TOOBIG or raw.SQLITE_MISMATCH
        or raw.SQLITE_RANGE or raw.SQLITE_ERROR or raw.SQLITE_MISUSE;

    /// <summary>The same for whoever waits for the store: what failed, and what an operator can do about it.</summary>
    /// <param name="directory">The data directory.</param>
    public StorageUnavailableException ToUnavailable(string directory) => new(Advice(directory), this);

    private string Advice(string directory) => PrimaryCode switch
    {
        raw.SQLITE_FULL => $"The disk that holds '{directory}' is full: free space, or move the directory to a larger disk. "
            + "Nothing that was acknowledged is lost; writes go on by themselves as soon as there is space.",
        raw.SQLITE_IOERR => $"The disk that holds '{directory}' reports an input/output error ({Code}): look at its free space, its quota "
            + "and the system log. Writes go on by themselves as soon as the disk does.",
        raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM => $"The data directory '{directory}' cannot be written ({Code}): "
            + "see that it exists, that the disk is not mounted read-only and that this user may write it.",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => $"Another program holds a lock on the database in '{directory}': end it (a backup or a "
            + "database shell), or give it less to do at once.",
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => $"The database in '{directory}' is damaged ({Code}): stop the service, keep a copy of "
            + "the directory, and restore the newest backup.",
        raw.SQLITE_NOMEM => "There is not enough memory for the database: give the process more, or lower Storage:CacheMb.",
        _ => $"The database in '{directory}' failed: {Message}.",
    };
}
