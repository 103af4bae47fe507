using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Hosting;
using Microsoft.Extensions.Options;

namespace DlqCluster.Ordering;

/// <summary>What every ordering lane works with.</summary>
internal sealed class OrderingServices(
    IOrderingStore store,
    IDeadLetterStore letters,
    IDownstreamDirectory downstreams,
    IOptions<OrderingOptions> options,
    IOptions<PartitionOptions> partitions)
{
    public IOrderingStore Store => store;

    public IDeadLetterStore Letters => letters;

    public IDownstreamDirectory Downstreams => downstreams;

    public OrderingOptions Options => options.Value;

    public int Partitions => partitions.Value.Count;

    /// <summary>Whether the messages of a downstream wait behind one of their key that was dead-lettered.</summary>
    public bool Blocks(string target) =>
        downstreams.Current.Entries.TryGetValue(target, out var entry) && entry.Definition.OnDeadLetter == OnDeadLetter.Block;
}
