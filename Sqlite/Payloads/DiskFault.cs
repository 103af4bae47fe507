using DlqCluster.Storage;

namespace DlqCluster.Sqlite.Payloads;

/// <summary>Says what an operator can do about what the disk has against a payload.</summary>
internal static class DiskFault
{
    private const int NoSpace = 28;
    private const int ReadOnly = 30;
    private const int OverQuota = 122;
    private const int DiskFullWindows = unchecked((int)0x80070070);

    /// <summary>The same for whoever waits for the store.</summary>
    /// <param name="error">The system's error.</param>
    /// <param name="directory">The data directory.</param>
    public static StorageUnavailableException ToUnavailable(Exception error, string directory) => new(error.HResult switch
    {
        NoSpace or OverQuota or DiskFullWindows => $"The disk that holds '{directory}' is full: free space, or move the directory to a larger disk. "
            + "Nothing that was acknowledged is lost; writes go on by themselves as soon as there is space.",
        ReadOnly => $"The disk that holds '{directory}' is mounted read-only: see the system log, and mount it writable again.",
        _ when error is UnauthorizedAccessException => $"The payloads in '{directory}' cannot be written or read by this user: {error.Message}",
        _ => $"The disk that holds '{directory}' failed: {error.Message}",
    }, error);
}
