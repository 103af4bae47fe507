using DlqCluster.Breakers;
using DlqCluster.Ledger;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DlqCluster.Hosting;

/// <summary>
/// The queue of the whole cluster, asked at intervals of the ledger's partitions, and with what each silo has on its way and has done.
/// </summary>
internal sealed partial class ClusterQueue(
    IGrainFactory grains,
    IDownstreamDirectory directory,
    ClusterQueue.Limits limits,
    TimeProvider time,
    ILogger<ClusterQueue> logger,
    QueueTracker? local) : BackgroundService, IQueueStatus
{
    private readonly Dictionary<int, IReadOnlyList<LaneCount>> _partitions = [];
    private QueueCounts _last = new();
    private SiloWork _others = new(0, 0, 0);

    public QueueCounts Current
    {
        get
        {
            var depths = Volatile.Read(ref _last);
            var others = Volatile.Read(ref _others);
            var own = local?.Work ?? new SiloWork(0, 0, 0);
            return depths with
            {
                Active = others.Active + own.Active,
                Completed = others.Completed + own.Completed,
                Failed = others.Failed + own.Failed,
                Parked = depths.Parked + others.ParkedAtGates + own.ParkedAtGates,
                GreatestLatenessMs = Math.Max(depths.GreatestLatenessMs, local?.GreatestLatenessMs ?? 0),
            };
        }
    }

    public bool IsFull => Volatile.Read(ref _last).Waiting >= limits.MaxSize;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await AskAsync();
            }
            catch (Exception exception)
            {
                LogStale(exception.Message);
            }

            await Task.Delay(limits.Interval, time, stoppingToken);
        }
    }

    private async Task AskAsync()
    {
        await Task.WhenAll(Enumerable.Range(0, limits.Partitions).Select(AskAsync));
        Volatile.Write(ref _last, await SumAsync());
        Volatile.Write(ref _others, await OthersAsync());
    }

    private Task<SiloWork> OthersAsync()
    {
        var census = grains.GetGrain<IQueueCensusGrain>(0);
        return local is null ? census.Get() : census.Exchange(limits.Silo, local.Work);
    }

    /// <summary>A partition that does not answer keeps what it said last: it is about to be taken over.</summary>
    private async Task AskAsync(int partition)
    {
        try
        {
            var lanes = await grains.GetGrain<ILedgerGrain>(partition).GetLanes();
            lock (_partitions) _partitions[partition] = lanes;
        }
        catch (Exception exception)
        {
            LogSilent(exception.Message, partition);
        }
    }

    private async Task<QueueCounts> SumAsync()
    {
        LaneCount[] lanes;
        lock (_partitions) lanes = [.. _partitions.Values.SelectMany(static lanes => lanes)];
        long waiting = 0, delayed = 0;
        var oldest = DateTimeOffset.MaxValue;
        var byTarget = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var lane in lanes)
        {
            if (lane.Lane == LedgerLanes.Receipt) continue;
            if (lane.Lane == LedgerLanes.Scheduled) delayed += lane.Count;
            else waiting += lane.Count;
            if (LedgerLanes.TargetOf(lane.Lane) is { } target) byTarget[target] = byTarget.GetValueOrDefault(target) + lane.Count;
            else if (lane.OldestDue < oldest) oldest = lane.OldestDue;
        }

        var late = time.GetUtcNow() - oldest;
        return new QueueCounts
        {
            Waiting = waiting,
            Delayed = delayed,
            Parked = await ParkedAsync(byTarget),
            Behind = LedgerLanes.CountHeld(lanes),
            GreatestLatenessMs = late > TimeSpan.Zero ? late.TotalMilliseconds : 0,
        };
    }

    private async Task<long> ParkedAsync(Dictionary<string, long> byTarget)
    {
        var catalog = directory.Current;
        long parked = 0;
        foreach (var (target, count) in byTarget)
        {
            var isHeld = catalog.IsPaused(target) || (await grains.GetGrain<ICircuitBreakerGrain>(target).Get()).State != BreakerState.Closed;
            if (isHeld) parked += count;
        }

        return parked;
    }

    [LoggerMessage(5101, LogLevel.Warning, "The queue could not be counted; the last count stays in use: {Reason}")]
    private partial void LogStale(string reason);

    [LoggerMessage(5102, LogLevel.Debug, "Ledger partition {Partition} did not tell its depth: {Reason}")]
    private partial void LogSilent(string reason, int partition);

    /// <summary>What it obeys.</summary>
    internal sealed class Limits(
        IOptions<PartitionOptions> partitions, IOptions<QueueOptions> queue, IOptions<LedgerOptions> ledger, SiloName silo)
    {
        public string Silo => silo.Value;

        public int Partitions => partitions.Value.Count;

        public long MaxSize => queue.Value.MaxSize;

        public TimeSpan Interval => TimeSpan.FromMilliseconds(ledger.Value.CountIntervalMs);
    }
}
