using System.Runtime.InteropServices;

namespace DlqCluster.Sqlite.Payloads;

/// <summary>Makes the entries of a directory durable: a file that is on disk under no name is lost all the same.</summary>
internal static partial class DirectoryFlush
{
    private const int ReadOnly = 0;
    private const int NotSupported = 22;

    /// <summary>Flushes a directory. Where the system has no such thing (Windows), its file system does it by itself.</summary>
    /// <param name="directory">The directory.</param>
    /// <exception cref="IOException">It cannot be flushed.</exception>
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(directory, ReadOnly);
        if (descriptor < 0) throw Failure(directory);
        try
        {
            // Some network file systems cannot, and say so.
            if (Flush(descriptor) != 0 && Marshal.GetLastPInvokeError() != NotSupported) throw Failure(directory);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string directory)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"The directory '{directory}' cannot be flushed: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
