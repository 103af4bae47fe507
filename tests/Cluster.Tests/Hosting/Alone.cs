namespace DlqCluster.Cluster.Tests.Hosting;

/// <summary>Tests that start whole clusters, which get in the way of everybody else's sense of time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    /// <summary>The collection.</summary>
    public const string Name = "alone";
}
