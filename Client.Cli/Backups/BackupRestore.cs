using System.Globalization;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Backups;

/// <summary>Puts a backup in place of the data of a service that is stopped.</summary>
internal static class BackupRestore
{
    // As the service holds it for as long as it runs.
    private const string LockFile = "dlq.lock";
    private const string Restoring = ".restoring";

    // What belongs to a database besides itself: with another database they would be its ruin.
    private static readonly string[] _companions = ["", "-wal", "-shm"];

    /// <summary>Does it.</summary>
    /// <param name="file">The backup.</param>
    /// <param name="manifest">What it says of itself.</param>
    /// <param name="directory">The data directory.</param>
    /// <param name="force">Whether data that is there is set aside.</param>
    /// <param name="now">The time now.</param>
    /// <param name="cancel">Ends it before anything is put in place.</param>
    /// <returns>Where the data is that was there; null when there was none.</returns>
    /// <exception cref="CommandFailure">The service runs there, there is data and no force, or the disk failed.</exception>
    public static async Task<string?> RunAsync(string file, BackupManifest manifest, string directory, bool force, DateTimeOffset now, CancellationToken cancel)
    {
        Directory.CreateDirectory(directory);
        using var held = Hold(directory);
        var there = manifest.Files.SelectMany(one => _companions.Select(companion => one.Name + companion)).Where(name => File.Exists(Path.Combine(directory, name))).ToArray();
        if (there.Length > 0 && !force)
            throw new CommandFailure(ExitCode.Refused, $"There is data in {directory}. Say --force to set it aside, or choose another directory.");
        await BackupArchive.ReadAsync(file, one => new FileStream(Path.Combine(directory, one.Name + Restoring), FileMode.Create, FileAccess.Write, FileShare.None), cancel);
        var aside = there.Length == 0 ? null : Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"before-restore-{now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}"));
        if (aside is not null)
        {
            Directory.CreateDirectory(aside);
            foreach (var name in there) File.Move(Path.Combine(directory, name), Path.Combine(aside, name));
        }

        foreach (var one in manifest.Files) File.Move(Path.Combine(directory, one.Name + Restoring), Path.Combine(directory, one.Name));
        return aside;
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
