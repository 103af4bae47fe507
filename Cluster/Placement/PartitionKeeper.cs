using DlqCluster.Cluster.Hosting;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Ledger;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Core.Internal;
using Orleans.Runtime.Placement;

namespace DlqCluster.Cluster.Placement;

/// <summary>
/// Sees to it that each partition's grains are with the silo that they belong to: at once when a silo has come or gone, and now and then. It
/// brings back what died with a silo without waiting for a reminder, and hands to a silo that was added what is its own. Breakers stay where
/// they are until they are idle: what they have counted is worth more than an even spread.
/// </summary>
/// <param name="grains">The grains.</param>
/// <param name="here">What is active in this silo.</param>
/// <param name="membership">The silos.</param>
/// <param name="self">This silo.</param>
/// <param name="limits">How many partitions there are, how often to look, and whether this silo is leaving.</param>
/// <param name="logger">The log.</param>
internal sealed partial class PartitionKeeper(
    IGrainFactory grains,
    LocalPartitions here,
    IClusterMembershipService membership,
    ILocalSiloDetails self,
    PartitionKeeper.Limits limits,
    ILogger<PartitionKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan _membershipPoll = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var seen = MembershipVersion.MinValue;
        var lookedAt = 0L;
        while (true)
        {
            var now = membership.CurrentSnapshot;
            var due = now.Version != seen || limits.Time.GetElapsedTime(lookedAt) >= limits.Interval;
            if (due && !limits.IsLeaving)
            {
                (seen, lookedAt) = (now.Version, limits.Time.GetTimestamp());
                if (!await LookAsync(now).ConfigureAwait(false)) seen = MembershipVersion.MinValue;
            }

            await Task.Delay(_membershipPoll, limits.Time, stoppingToken).ConfigureAwait(false);
        }
    }

    /// <returns>Whether all went well.</returns>
    private async Task<bool> LookAsync(ClusterMembershipSnapshot snapshot)
    {
        var silos = snapshot.Members.Values.Where(static member => member.Status == SiloStatus.Active).Select(static member => member.SiloAddress).ToArray();
        if (!silos.Contains(self.SiloAddress)) return true;
        var active = here.Current;
        var done = await Task.WhenAll(Partitions().Select(grain => KeepAsync(grain, active, silos))).ConfigureAwait(false);
        var (taken, handedOver) = (done.Count(static act => act == Act.Taken), done.Count(static act => act == Act.HandedOver));
        if (taken + handedOver > 0) LogMoved(taken, handedOver, silos.Length);
        return !done.Contains(Act.Failed);
    }

    /// <summary>All partitions' grains, and how to wake each.</summary>
    private IEnumerable<(IAddressable Grain, Func<Task> Wake)> Partitions()
    {
        for (var partition = 0; partition < limits.Partitions; partition++)
        {
            var (ledger, letters) = (grains.GetGrain<ILedgerGrain>(partition), grains.GetGrain<IDlqPartitionGrain>(partition));
            yield return (ledger, ledger.GetLanes);
            yield return (letters, letters.Start);
        }
    }

    private async Task<Act> KeepAsync((IAddressable Grain, Func<Task> Wake) partition, IReadOnlySet<GrainId> active, SiloAddress[] silos)
    {
        var id = partition.Grain.GetGrainId();
        var owner = Shares.OwnerOf(id, silos)!;
        var (isHere, isOurs) = (active.Contains(id), owner.Equals(self.SiloAddress));
        if (isHere == isOurs) return Act.Nothing;
        try
        {
            // One that is nowhere comes to life where it belongs; one that is elsewhere is sent here by whoever has it.
            if (isOurs) await partition.Wake().ConfigureAwait(false);
            else await SendAsync(partition.Grain, owner).ConfigureAwait(false);
            return isOurs ? Act.Taken : Act.HandedOver;
        }
        catch (Exception error)
        {
            LogNotKept(id, error.Message);
            return Act.Failed;
        }
    }

    private static async Task SendAsync(IAddressable grain, SiloAddress to)
    {
        RequestContext.Set(IPlacementDirector.PlacementHintKey, to);
        try
        {
            await grain.AsReference<IGrainManagementExtension>().MigrateOnIdle().ConfigureAwait(false);
        }
        finally
        {
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        }
    }

    [LoggerMessage(7005, LogLevel.Information, "Of the partitions' grains {Taken} were called here and {HandedOver} handed over; there are {Silos} silos")]
    private partial void LogMoved(int taken, int handedOver, int silos);

    [LoggerMessage(7006, LogLevel.Warning, "{Grain} could not be moved to where it belongs, and is tried again at once: {Reason}")]
    private partial void LogNotKept(GrainId grain, string reason);

    private enum Act
    {
        Nothing,
        Taken,
        HandedOver,
        Failed,
    }

    /// <summary>What it obeys.</summary>
    internal sealed class Limits(IOptions<PartitionOptions> partitions, IOptions<ClusterSettings> settings, DrainState drain, TimeProvider time)
    {
        public int Partitions => partitions.Value.Count;

        public TimeSpan Interval => settings.Value.ShareInterval;

        public bool IsLeaving => drain.IsDraining;

        public TimeProvider Time => time;
    }
}
