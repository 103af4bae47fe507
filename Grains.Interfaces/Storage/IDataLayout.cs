namespace DlqCluster.Storage;

/// <summary>How the data is laid out: what was decided when it was created, is kept with it, and holds for as long as it lives.</summary>
public interface IDataLayout
{
    /// <summary>Fixes the number of partitions, unless that was done before; whoever is first decides, also among several at once.</summary>
    /// <param name="count">The number that is wanted.</param>
    /// <returns>The number that holds.</returns>
    /// <exception cref="StorageUnavailableException">The store did not answer.</exception>
    Task<int> FixPartitionsAsync(int count);
}
