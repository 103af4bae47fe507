namespace DlqCluster.Silo.Memory;

/// <summary>The memory of the process.</summary>
internal interface IHeap
{
    /// <summary>Bytes allocated since the process started.</summary>
    long Allocated { get; }

    /// <summary>Gives what is not used back to the machine. Everything else waits meanwhile.</summary>
    void Trim();
}

/// <summary>The heap of .NET.</summary>
internal sealed class ManagedHeap : IHeap
{
    /// <inheritdoc/>
    public long Allocated => GC.GetTotalAllocatedBytes();

    /// <inheritdoc/>
    public void Trim() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
}
