using System.Diagnostics;

namespace DlqCluster.Contract.Tests.Sqlite;

/// <summary>A disk of a few MiB, mounted on a directory, where the tests may mount.</summary>
internal sealed class TinyDisk : IDisposable
{
    private const string Size = "size=4m";

    private readonly string _directory;

    private TinyDisk(string directory) => _directory = directory;

    public static TinyDisk? TryMount(string directory)
    {
        Directory.CreateDirectory(directory);
        return Run("mount", "-t", "tmpfs", "-o", Size, "tmpfs", directory) ? new TinyDisk(directory) : null;
    }

    public bool TryRemountReadOnly() => Run("mount", "-o", "remount,ro", _directory);

    public void Dispose()
    {
        if (Run("umount", _directory)) Directory.Delete(_directory);
    }

    private static bool Run(string program, params string[] arguments)
    {
        if (!OperatingSystem.IsLinux()) return false;
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
