using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using Microsoft.Extensions.Options;

namespace DlqCluster.Replays;

/// <summary>What every replay job works with.</summary>
internal sealed class ReplayServices(
    IDeadLetterStore letters, ReplayPassages passages, DrainState drain, TimeProvider time, IOptions<ReplayOptions> options, IOptions<PartitionOptions> partitions)
{
    public IDeadLetterStore Letters => letters;

    public ReplayPassages Passages => passages;

    public DrainState Drain => drain;

    public TimeProvider Time => time;

    public ReplayOptions Options => options.Value;

    public int Partitions => partitions.Value.Count;
}
