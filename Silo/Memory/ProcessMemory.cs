using DlqCluster.Storage;

namespace DlqCluster.Silo.Memory;

/// <summary>The memory of the process.</summary>
internal interface IProcessMemory
{
    /// <summary>Bytes of managed memory that were allocated since the process started.</summary>
    long Allocated { get; }

    /// <summary>Gives what is not used back to the machine. Everything else waits for a part of that time.</summary>
    /// <returns>How much of it stores kept only to be faster, in bytes.</returns>
    Task<long> TrimAsync();
}

/// <summary>The heap of .NET, that of native libraries, and what the stores keep only to be faster.</summary>
/// <param name="caches">The stores.</param>
internal sealed class ProcessMemory(IEnumerable<IStoreCache> caches) : IProcessMemory
{
    /// <inheritdoc/>
    public long Allocated => GC.GetTotalAllocatedBytes();

    /// <inheritdoc/>
    public async Task<long> TrimAsync()
    {
        long dropped = 0;
        foreach (var cache in caches) dropped += await cache.DropAsync();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        NativeHeap.Trim();
        return dropped;
    }
}
