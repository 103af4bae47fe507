using DlqCluster.Delivery;
using DlqCluster.Diagnostics;
using DlqCluster.Ledger;
using Microsoft.Extensions.Options;

namespace DlqCluster.Hosting;

/// <summary>
/// Keeps the depth of each partition: counted at intervals by its ledger grain, and moved in between by what comes and goes, so that a
/// request can be refused without asking a store.
/// </summary>
internal sealed class QueueTracker : IQueueStatus
{
    private readonly long[] _waiting;
    private readonly long[] _delayed;
    private readonly long[] _latenessTicks;
    private readonly IReadOnlyList<LaneCount>[] _lanes;
    private readonly IOptions<QueueOptions> _options;
    private readonly DlqMetrics _metrics;
    private long _totalWaiting;
    private long _totalDelayed;
    private DeliveryGates? _gates;

    public QueueTracker(IOptions<PartitionOptions> partitions, IOptions<QueueOptions> options, DlqMetrics metrics)
    {
        var count = partitions.Value.Count;
        _waiting = new long[count];
        _delayed = new long[count];
        _latenessTicks = new long[count];
        _lanes = new IReadOnlyList<LaneCount>[count];
        Array.Fill(_lanes, []);
        _options = options;
        _metrics = metrics;
        metrics.Watch(this);
    }

    public bool IsFull => Volatile.Read(ref _totalWaiting) >= _options.Value.MaxSize;

    public QueueCounts Current
    {
        get
        {
            var gates = _gates?.Counts().ToArray() ?? [];
            var blocked = gates.Where(gate => gate.Counts.Blocked).Select(gate => LedgerLanes.Waiting(gate.Name)).ToHashSet();
            var parkedInLedger = _lanes.Sum(lanes => lanes.Where(lane => blocked.Contains(lane.Lane)).Sum(lane => lane.Count));
            return new QueueCounts
            {
                Waiting = Math.Max(0, Volatile.Read(ref _totalWaiting)),
                Delayed = Math.Max(0, Volatile.Read(ref _totalDelayed)),
                Active = gates.Sum(gate => (long)gate.Counts.InFlight),
                Parked = parkedInLedger + gates.Where(gate => gate.Counts.Blocked).Sum(gate => (long)gate.Counts.Waiting),
                Completed = _metrics.DeliveredCount,
                Failed = _metrics.DeadLetteredCount,
                GreatestLatenessMs = TimeSpan.FromTicks(_latenessTicks.Max()).TotalMilliseconds,
            };
        }
    }

    /// <summary>Waiting messages by partition.</summary>
    public IEnumerable<(int Partition, long Waiting)> Depths()
    {
        for (var partition = 0; partition < _waiting.Length; partition++)
            yield return (partition, Math.Max(0, Volatile.Read(ref _waiting[partition])));
    }

    /// <summary>Says which gates there are; they come to be later than this.</summary>
    public void Attach(DeliveryGates gates) => _gates = gates;

    public void Entered(int partition, bool scheduled)
    {
        if (scheduled) Move(_delayed, ref _totalDelayed, partition, 1);
        else Move(_waiting, ref _totalWaiting, partition, 1);
    }

    public void Left(int partition) => Move(_waiting, ref _totalWaiting, partition, -1);

    public void Woken(int partition, int count)
    {
        Move(_delayed, ref _totalDelayed, partition, -count);
        Move(_waiting, ref _totalWaiting, partition, count);
    }

    public void Counted(int partition, IReadOnlyList<LaneCount> lanes)
    {
        _lanes[partition] = lanes;
        long waiting = 0, delayed = 0;
        foreach (var lane in lanes)
        {
            if (lane.Lane == LedgerLanes.Scheduled) delayed += lane.Count;
            else if (lane.Lane != LedgerLanes.Receipt) waiting += lane.Count;
        }

        Move(_waiting, ref _totalWaiting, partition, waiting - Volatile.Read(ref _waiting[partition]));
        Move(_delayed, ref _totalDelayed, partition, delayed - Volatile.Read(ref _delayed[partition]));
    }

    public void NoteLateness(int partition, TimeSpan lateness) => Volatile.Write(ref _latenessTicks[partition], lateness.Ticks);

    private static void Move(long[] counts, ref long total, int partition, long by)
    {
        Interlocked.Add(ref counts[partition], by);
        Interlocked.Add(ref total, by);
    }
}
