using System.ComponentModel.DataAnnotations;

namespace DlqCluster.Sqlite;

/// <summary>How the SQLite stores keep their data: configuration section <c>Storage</c>.</summary>
public sealed class SqliteOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Storage";

    /// <summary>
    /// The directory that holds <c>dlq.db</c> and the directory <c>payloads</c>; made if it is missing. One process at a time. A relative path
    /// starts at the working directory.
    /// </summary>
    [Required]
    public string DataDirectory { get; set; } = "data";

    /// <summary>The most writes that share one commit, and so one fsync.</summary>
    [Range(1, 100_000)]
    public int MaxBatch { get; set; } = 1_000;

    /// <summary>The most writes that may wait for the disk. Beyond it a write is refused at once instead of waiting ever longer.</summary>
    [Range(1, 10_000_000)]
    public int MaxQueue { get; set; } = 100_000;

    /// <summary>The most counts and searches that may wait for their thread. Beyond it one is refused at once.</summary>
    [Range(1, 100_000)]
    public int MaxSlowReads { get; set; } = 1_000;

    /// <summary>Connections for short reads: so many callers can read at the same instant.</summary>
    [Range(1, 64)]
    public int ReadConnections { get; set; } = 4;

    /// <summary>How long to wait for a lock that another program (a backup, a shell) holds on the file, in milliseconds.</summary>
    [Range(0, 600_000)]
    public int BusyTimeoutMs { get; set; } = 5_000;

    /// <summary>
    /// After how much written the log (<c>dlq.db-wal</c>) is copied into the database, in MiB. More makes that rarer and cheaper in all,
    /// and the pause of each time longer.
    /// </summary>
    [Range(1, 4_096)]
    public int WalCheckpointMb { get; set; } = 16;

    /// <summary>
    /// How many messages are gathered before what finds them by id and by due time is written to the database. Up to about twice as many of the
    /// newest are found in memory meanwhile, some 200 bytes each, and read into it at the start. More makes writes cheaper and the start longer.
    /// </summary>
    [Range(1, 1_000_000)]
    public int IndexBehind { get; set; } = 16_384;

    /// <summary>
    /// Memory for a filter that tells without a read that a message id is new, in MiB at the most: 1.5 bytes for each id that is remembered, from 1.5 MiB
    /// on. With more than fit, every submit looks in the database. 0: none.
    /// </summary>
    [Range(0, 65_536)]
    public int IdFilterMb { get; set; } = 64;

    /// <summary>Memory for database pages, in MiB: half for the writer, half shared by the readers.</summary>
    [Range(2, 65_536)]
    public int CacheMb { get; set; } = 64;

    /// <summary>Threads that write payloads to files: so many can wait for the disk at the same instant. 1 to 64.</summary>
    [Range(1, 64)]
    public int PayloadWriters { get; set; } = 4;

    /// <summary>The most payloads that may wait for each of these threads, in memory. Beyond it one is refused at once.</summary>
    [Range(1, 1_000_000)]
    public int MaxPayloadQueue { get; set; } = 256;

    /// <summary>
    /// Whether other processes of this machine may use the directory at the same time: each then waits for the others' commits. Never over a
    /// network file system.
    /// </summary>
    public bool Shared { get; set; }
}
