namespace DlqCluster.Storage;

/// <summary>A store that keeps some of its data in memory only to be faster.</summary>
public interface IStoreCache
{
    /// <summary>Forgets it, for memory to be given back while there is nothing to do. What is needed later is read again.</summary>
    /// <returns>How much that was, in bytes; 0 when it could not be done now.</returns>
    Task<long> DropAsync();
}
