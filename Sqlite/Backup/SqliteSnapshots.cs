using System.Security.Cryptography;
using DlqCluster.Sqlite.Engine;
using DlqCluster.Sqlite.Payloads;
using DlqCluster.Storage;

namespace DlqCluster.Sqlite.Backup;

/// <summary>
/// Copies the database with VACUUM INTO: a read transaction of its own sees all that was committed when it began, writers go on meanwhile,
/// and the copy is compact. Only the log grows while it runs, since it cannot be copied into the database past a reader.
/// </summary>
/// <param name="store">The store.</param>
public sealed class SqliteSnapshots(SqliteStore store) : IDataSnapshots
{
    private const string Temporary = "snapshot.tmp";
    private const string Sound = "ok";

    // One at a time: each takes as much disk as the database, and reads all of it.
    private int _taken;

    /// <inheritdoc/>
    public async Task<DataSnapshot?> TakeAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Interlocked.Exchange(ref _taken, 1) == 1) return null;
        try
        {
            // It keeps a thread for as long as the disk needs, and leaves those of the pool to the others.
            return await Task.Factory.StartNew(Take, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
        catch
        {
            Release();
            throw;
        }
    }

    private DataSnapshot Take()
    {
        store.Open();
        // Before the copy's moment: what a message of the copy has as its payload stays until the copy has been read.
        store.IsBeingCopied = true;
        var path = Path.Combine(store.DataDirectory, Temporary);
        var takenAt = store.Clock.GetUtcNow();
        try
        {
            // What a crash may have left.
            File.Delete(path);
            Copy(path);
            var version = Check(path);
            using var file = File.OpenRead(path);
            return new DataSnapshot(path, Release)
            {
                Name = SqliteStore.DatabaseFile,
                TakenAt = takenAt,
                SchemaVersion = version,
                Bytes = file.Length,
                Sha256 = Convert.ToHexStringLower(SHA256.HashData(file)),
                Payloads = Payloads(),
            };
        }
        catch (Exception error)
        {
            Remove(path);
            throw error switch
            {
                SqliteFault fault => fault.ToUnavailable(store.DataDirectory),
                StorageUnavailableException known => known,
                _ => new StorageUnavailableException($"The snapshot in '{store.DataDirectory}' failed: {error.Message}", error),
            };
        }
    }

    // Also those that came since, which belong to no message of the copy; the restored service finds that out by itself.
    private IEnumerable<SnapshotFile> Payloads()
    {
        var root = new DirectoryInfo(Path.Combine(store.DataDirectory, FilePayloadStore.Folder));
        if (!root.Exists) yield break;
        foreach (var bucket in root.EnumerateDirectories("??").OrderBy(static directory => directory.Name, StringComparer.Ordinal))
        {
            foreach (var file in bucket.EnumerateFiles()) yield return new SnapshotFile($"{FilePayloadStore.Folder}/{bucket.Name}/{file.Name}", file.FullName);
        }
    }

    private void Copy(string path)
    {
        using var source = Connection.Open(Path.Combine(store.DataDirectory, SqliteStore.DatabaseFile), store.BusyTimeoutMs);
        source.Execute($"VACUUM INTO '{path.Replace("'", "''", StringComparison.Ordinal)}'");
    }

    // What cannot be opened and read through is no backup.
    private static int Check(string path)
    {
        using var copy = Connection.Open(path, 0);
        using var statement = copy.Prepare("PRAGMA quick_check(1)");
        var found = statement.Step() ? statement.Text(0) : "";
        return found == Sound
            ? (int)copy.Number("PRAGMA user_version")
            : throw new StorageUnavailableException($"The snapshot is not sound ({found}), so the database itself may be damaged: keep a copy of the data directory, and look at the disk.");
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next snapshot begins by deleting it.
        }
    }

    private void Release()
    {
        store.IsBeingCopied = false;
        Volatile.Write(ref _taken, 0);
    }
}
