namespace DlqCluster.Cli.Backups;

/// <summary>Files that nobody but their owner may read: backups have payloads in them, and keys.</summary>
internal static class PrivateFile
{
    /// <summary>Makes one, in the place of what is there.</summary>
    /// <param name="path">Where.</param>
    public static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }
}
