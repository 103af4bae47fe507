namespace DlqCluster.Cli.Tests.Support;

/// <summary>The command that these tests were built with, as if it were installed.</summary>
internal static class InstalledTool
{
    /// <summary>Puts it into a directory, and returns the one to add to PATH.</summary>
    public static string In(string directory)
    {
        var bin = Directory.CreateDirectory(Path.Combine(directory, "bin")).FullName;
        var path = Path.Combine(bin, "dlq");
        File.WriteAllText(path, $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "dlq.dll")}' \"$@\"\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return bin;
    }
}
