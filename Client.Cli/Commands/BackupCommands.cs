using System.CommandLine;
using System.Globalization;
using DlqCluster.Cli.Backups;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>backup</c> and <c>restore</c>: a copy of all data, taken while the service works, and put in place while it does not.</summary>
internal static class BackupCommands
{
    private const int Chunk = 256 * 1024;

    /// <summary>Makes them.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        var output = Limits.Text("--output", "The file to write [dlq-<time>.backup]", "path", "-o");
        var withoutKeys = Limits.Switch("--without-keys", "Leave out the keys that open the secrets of downstreams");
        yield return runner.Make(
            "backup", "Copy all data to a file while the service works; the copy is checked", session => BackUpAsync(session, session.Get(output), session.Get(withoutKeys)), output, withoutKeys);
        var file = new Argument<string>("file") { Description = "A backup" };
        var directory = Limits.Text("--data-dir", "The service's data directory (DATA_DIR)", "path");
        var force = Limits.Switch("--force", "Also where there is data; it is set aside, not deleted");
        yield return runner.Make(
            "restore", "Check a backup, and put it into the data directory of a service that is stopped", session => RestoreAsync(session, session.Get(file)!, session.Get(directory), session.Get(force)), file, directory, force);
    }

    private static async Task BackUpAsync(Session session, string? output, bool withoutKeys)
    {
        var path = output ?? string.Create(CultureInfo.InvariantCulture, $"dlq-{session.Screen.Now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}.backup");
        var partial = path == "/dev/null" ? Path.GetTempFileName() : path + ".partial";
        using var response = await session.Api.OpenAsync(HttpMethod.Post, withoutKeys ? "admin/backup?keys=false" : "admin/backup", null, session.Cancel);
        var bytes = response.Headers.TryGetValues("X-Backup-Bytes", out var values) && double.TryParse(values.First(), CultureInfo.InvariantCulture, out var size) ? size : (double?)null;
        try
        {
            await Bar.RunAsync(session.Screen, "Copying", bytes, async advance =>
            {
                await using var from = new CountingStream(await response.Content.ReadAsStreamAsync(session.Cancel), advance);
                await using var to = Create(partial);
                await from.CopyToAsync(to, Chunk, session.Cancel);
                // On the disk, before it is called a backup.
                to.Flush(flushToDisk: true);
            });
            var manifest = await BackupArchive.CheckAsync(partial, session.Cancel);
            if (path != "/dev/null") File.Move(partial, path, overwrite: true);
            Tell(session.Screen, path, manifest, "is a backup");
            if (KeysNote.Taken(manifest) is { } note) session.Screen.Hint(note);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static async Task RestoreAsync(Session session, string file, string? directory, bool force)
    {
        var data = directory ?? session.Around.Variable("DATA_DIR") ?? throw CommandFailure.Usage("Where to? Give the service's data directory as --data-dir.");
        if (!File.Exists(file)) throw new CommandFailure(ExitCode.Failed, $"There is no file '{file}'.");
        var manifest = await BackupArchive.CheckAsync(file, session.Cancel);
        var aside = await BackupRestore.RunAsync(file, data, force, session.Screen.Now, session.Cancel);
        Tell(session.Screen, Path.GetFullPath(data), manifest, "has the data of");
        if (KeysNote.Restored(manifest, Path.GetFullPath(data)) is { } note) session.Screen.Hint(note);
        if (aside is not null) session.Screen.Remark($"What was there is in {Cell.Safe(aside)}.");
    }

    private static FileStream Create(string path)
    {
        try
        {
            return PrivateFile.Create(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Failed, $"{path} cannot be written: {error.Message}");
        }
    }

    private static void Tell(Screen screen, string path, BackupManifest manifest, string what)
    {
        var json = System.Text.Json.JsonDocument.Parse(new Body().Add("path", path).AddJson("manifest", manifest.Json).ToString()).RootElement;
        screen.Show(json, _ => screen.Line($"{Cell.Safe(path)} {what} {Span.At(json, "manifest.takenAt")}: {Cell.Number(manifest.Files.Sum(file => file.Bytes))} bytes, checked."));
    }
}
