namespace DlqCluster.Cluster.Placement;

/// <summary>
/// Spreads grains over the silos by their ids: each grain has one silo that it belongs to, the same whoever asks, and when a silo comes or
/// goes only that silo's share moves. For grains that are few, live long and are asked from everywhere: partitions, breakers, the catalogue.
/// </summary>
[GenerateSerializer, Immutable, Alias("dlq.SpreadPlacement")]
public sealed class SpreadPlacement : PlacementStrategy;
