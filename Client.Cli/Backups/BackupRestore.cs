using System.Globalization;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Backups;

/// <summary>Puts a backup in place of the data of a service that is stopped.</summary>
internal static class BackupRestore
{
    // As the service holds it for as long as it runs.
    private const string LockFile = "dlq.lock";
    private const string Restoring = "restoring";
    private const string Database = "dlq.db";
    private const string Keys = "keys";

    // What belongs to a database besides itself: with another database its log would be its ruin.
    private static readonly string[] _names = [Database, Database + "-wal", Database + "-shm", "payloads"];

    /// <summary>Does it.</summary>
    /// <param name="file">The backup.</param>
    /// <param name="directory">The data directory.</param>
    /// <param name="force">Whether data that is there is set aside.</param>
    /// <param name="now">The time now.</param>
    /// <param name="cancel">Ends it before anything is put in place.</param>
    /// <returns>Where the data is that was there; null when there was none.</returns>
    /// <exception cref="CommandFailure">The service runs there, there is data and no force, or the disk failed.</exception>
    public static async Task<string?> RunAsync(string file, string directory, bool force, DateTimeOffset now, CancellationToken cancel)
    {
        Directory.CreateDirectory(directory);
        using var held = Hold(directory);
        var there = _names.Where(name => Path.Exists(Path.Combine(directory, name))).ToArray();
        if (there.Contains(Database) && !force)
            throw new CommandFailure(ExitCode.Refused, $"There is data in {directory}. Say --force to set it aside, or choose another directory.");
        var staging = Path.Combine(directory, Restoring);
        if (Directory.Exists(staging)) Directory.Delete(staging, recursive: true);
        await BackupArchive.ReadAsync(file, name => Create(Path.Combine(staging, name)), cancel);
        var aside = there.Length == 0 ? null : Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"before-restore-{now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}"));
        if (aside is not null)
        {
            Directory.CreateDirectory(aside);
            foreach (var name in there) Directory.Move(Path.Combine(directory, name), Path.Combine(aside, name));
        }

        // Beside those that are there: one more opens one thing more, and what came from elsewhere stays readable.
        var keys = new DirectoryInfo(Path.Combine(staging, Keys));
        if (keys.Exists) Directory.CreateDirectory(Path.Combine(directory, Keys));
        foreach (var key in keys.Exists ? keys.GetFiles() : []) key.MoveTo(Path.Combine(directory, Keys, key.Name), overwrite: true);
        // The database last: without it there is nothing yet, and a restore that broke off is done again.
        foreach (var name in _names.Reverse().Where(name => Path.Exists(Path.Combine(staging, name)))) Directory.Move(Path.Combine(staging, name), Path.Combine(directory, name));
        Directory.Delete(staging, recursive: true);
        return aside;
    }

    private static FileStream Create(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return PrivateFile.Create(path);
    }

    private static FileStream Hold(string directory)
    {
        try
        {
            return new FileStream(Path.Combine(directory, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new CommandFailure(ExitCode.Refused, $"A service is running on {directory}. Stop it first.");
        }
        catch (UnauthorizedAccessException error)
        {
            throw new CommandFailure(ExitCode.Failed, $"{directory} cannot be written: {error.Message}");
        }
    }
}
