namespace DlqCluster.Ledger;

/// <summary>What a silo alone knows of its work.</summary>
/// <param name="Active">Attempts on their way now.</param>
/// <param name="Completed">Messages that it has delivered since it started.</param>
/// <param name="Failed">Messages that it has dead-lettered since it started.</param>
/// <param name="ParkedAtGates">Messages that it keeps in memory before a downstream that is paused or whose breaker is open.</param>
[GenerateSerializer, Immutable, Alias("dlq.SiloWork")]
public sealed record SiloWork(
    [property: Id(0)] long Active, [property: Id(1)] long Completed, [property: Id(2)] long Failed, [property: Id(3)] long ParkedAtGates = 0);

/// <summary>The work of all silos (key 0). Each says its own at intervals; one that has been silent for three of them is gone.</summary>
[Alias("dlq.IQueueCensusGrain")]
public interface IQueueCensusGrain : IGrainWithIntegerKey
{
    /// <summary>Takes what a silo has done, and tells what all others together have.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="work">Its work.</param>
    [Alias("Exchange")]
    Task<SiloWork> Exchange(string silo, SiloWork work);

    /// <summary>The work of all silos together.</summary>
    [Alias("Get")]
    Task<SiloWork> Get();
}
