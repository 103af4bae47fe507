using System.Runtime.InteropServices;

namespace DlqCluster.Silo.Memory;

/// <summary>What native libraries, SQLite above all, took from the C library. That keeps what they free, until it is asked for it.</summary>
internal static partial class NativeHeap
{
    /// <summary>Gives what is free back to the machine, where the C library is one that can.</summary>
    public static void Trim()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = TrimAll(0);
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            // Not glibc: others give back by themselves.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimAll(nuint pad);
}
