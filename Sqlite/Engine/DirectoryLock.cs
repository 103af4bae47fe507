using System.Diagnostics;
using System.Globalization;
using DlqCluster.Storage;

namespace DlqCluster.Sqlite.Engine;

/// <summary>
/// Keeps a second process out of a data directory. It is a lock of the operating system on an open file, so it ends with the process,
/// however that ends; the file itself says nothing and may stay.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private const string LockFile = "dlq.lock";
    private const string PidFile = "dlq.pid";

    private const int WouldBlockLinux = 11;
    private const int WouldBlockMac = 35;
    private const int SharingViolationWindows = unchecked((int)0x80070020);

    private static readonly TimeSpan _retry = TimeSpan.FromMilliseconds(20);

    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <summary>Takes the directory, and makes it if need be.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="patience">How long to wait for another process to let go of it.</param>
    /// <exception cref="StorageUnavailableException">It cannot be made or written, or another process has it.</exception>
    public static DirectoryLock Take(string directory, TimeSpan patience = default)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return TakeOnce(directory);
            }
            catch (StorageUnavailableException) when (Stopwatch.GetElapsedTime(since) < patience)
            {
                Thread.Sleep(_retry);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static DirectoryLock TakeOnce(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            return new DirectoryLock(Open(directory));
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new StorageUnavailableException(
                $"The data directory '{directory}' cannot be made or written: {error.Message} See that the directory above it exists, that "
                + "the disk is not mounted read-only and that this user may write it, or choose another one (DATA_DIR or "
                + "Storage:DataDirectory).",
                error);
        }
    }

    private static FileStream Open(string directory)
    {
        var path = Path.Combine(directory, LockFile);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (error.HResult is WouldBlockLinux or WouldBlockMac or SharingViolationWindows)
        {
            throw new StorageUnavailableException(
                $"The data directory '{directory}' is in use by {Holder(directory)}. Stop that one, or give this one a directory of its "
                + "own (DATA_DIR or Storage:DataDirectory).",
                error);
        }

        // Beside the lock and not in it: nobody else can read a file that is locked.
        File.WriteAllText(Path.Combine(directory, PidFile), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return file;
    }

    private static string Holder(string directory)
    {
        try
        {
            return $"process {File.ReadAllText(Path.Combine(directory, PidFile)).Trim()}";
        }
        catch (IOException)
        {
            return "another process";
        }
    }
}
