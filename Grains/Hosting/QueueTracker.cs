using DlqCluster.Delivery;
using DlqCluster.Diagnostics;
using DlqCluster.Ledger;
using Microsoft.Extensions.Options;

namespace DlqCluster.Hosting;

/// <summary>
/// Keeps the depth of each partition whose ledger grain is here: counted at intervals by that grain, and moved in between by what comes and
/// goes, so that a request can be refused without asking a store. A partition that has left for another silo is counted there.
/// </summary>
internal sealed class QueueTracker : IQueueStatus
{
    private const long Never = long.MinValue;

    /// <summary>After so many counts that did not come, a partition has left.</summary>
    private const int CountsMissed = 3;

    private readonly long[] _waiting;
    private readonly long[] _delayed;
    private readonly long[] _latenessTicks;
    private readonly IReadOnlyList<LaneCount>[] _lanes;
    private readonly long[] _countedAt;
    private readonly IOptions<QueueOptions> _options;
    private readonly DlqMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly TimeSpan _countsHold;
    private DeliveryGates? _gates;

    public QueueTracker(
        IOptions<PartitionOptions> partitions, IOptions<QueueOptions> options, IOptions<LedgerOptions> ledger, DlqMetrics metrics, TimeProvider time)
    {
        var count = partitions.Value.Count;
        _waiting = new long[count];
        _delayed = new long[count];
        _latenessTicks = new long[count];
        _lanes = new IReadOnlyList<LaneCount>[count];
        _countedAt = new long[count];
        Array.Fill(_lanes, []);
        Array.Fill(_countedAt, Never);
        _options = options;
        _metrics = metrics;
        _time = time;
        _countsHold = TimeSpan.FromMilliseconds((double)ledger.Value.CountIntervalMs * CountsMissed);
        metrics.Watch(this);
    }

    public bool IsFull => Depth >= _options.Value.MaxSize;

    /// <summary>How many partitions there are.</summary>
    public int Partitions => _waiting.Length;

    /// <summary>What this silo has on its way and has done.</summary>
    public SiloWork Work
    {
        get
        {
            var gates = Gates().ToArray();
            return new SiloWork(Active(gates), _metrics.DeliveredCount, _metrics.DeadLetteredCount, ParkedAt(gates));
        }
    }

    /// <summary>How long ago the most overdue message of the partitions that are here was due, in milliseconds.</summary>
    public double GreatestLatenessMs => TimeSpan.FromTicks(Here().Select(partition => _latenessTicks[partition]).DefaultIfEmpty().Max()).TotalMilliseconds;

    /// <summary>Messages that wait to be delivered, those with a later time not counted.</summary>
    public long Depth => Sum(_waiting);

    public QueueCounts Current
    {
        get
        {
            var gates = Gates().ToArray();
            var blocked = gates.Where(gate => gate.Counts.Blocked).Select(gate => LedgerLanes.Waiting(gate.Name)).ToHashSet();
            var parkedInLedger = Here().Sum(partition => _lanes[partition].Where(lane => blocked.Contains(lane.Lane)).Sum(lane => lane.Count));
            return new QueueCounts
            {
                Waiting = Sum(_waiting),
                Delayed = Sum(_delayed),
                Active = Active(gates),
                Parked = parkedInLedger + ParkedAt(gates),
                Behind = LedgerLanes.CountHeld(Here().SelectMany(partition => _lanes[partition])),
                Completed = _metrics.DeliveredCount,
                Failed = _metrics.DeadLetteredCount,
                GreatestLatenessMs = GreatestLatenessMs,
            };
        }
    }

    /// <summary>Waiting messages by partition.</summary>
    public IEnumerable<(int Partition, long Waiting)> Depths()
    {
        foreach (var partition in Here()) yield return (partition, Math.Max(0, Volatile.Read(ref _waiting[partition])));
    }

    /// <summary>The gates of this silo, by downstream.</summary>
    public IEnumerable<(string Name, GateCounts Counts)> Gates() => _gates?.Counts() ?? [];

    /// <summary>Says which gates there are; they come to be later than this.</summary>
    public void Attach(DeliveryGates gates) => _gates = gates;

    public void Entered(int partition, bool scheduled)
    {
        if (scheduled) Move(_delayed, partition, 1);
        else Move(_waiting, partition, 1);
    }

    public void Left(int partition) => Move(_waiting, partition, -1);

    public void Woken(int partition, int count)
    {
        Move(_delayed, partition, -count);
        Move(_waiting, partition, count);
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

        Move(_waiting, partition, waiting - Volatile.Read(ref _waiting[partition]));
        Move(_delayed, partition, delayed - Volatile.Read(ref _delayed[partition]));
        Volatile.Write(ref _countedAt[partition], _time.GetTimestamp());
    }

    public void NoteLateness(int partition, TimeSpan lateness) => Volatile.Write(ref _latenessTicks[partition], lateness.Ticks);

    private static long Active(IEnumerable<(string Name, GateCounts Counts)> gates) => gates.Sum(static gate => (long)gate.Counts.InFlight);

    private static long ParkedAt(IEnumerable<(string Name, GateCounts Counts)> gates) =>
        gates.Where(static gate => gate.Counts.Blocked).Sum(static gate => (long)gate.Counts.Waiting);

    private static void Move(long[] counts, int partition, long by) => Interlocked.Add(ref counts[partition], by);

    private IEnumerable<int> Here()
    {
        for (var partition = 0; partition < _waiting.Length; partition++)
            if (IsHere(partition)) yield return partition;
    }

    private bool IsHere(int partition)
    {
        var at = Volatile.Read(ref _countedAt[partition]);
        return at != Never && _time.GetElapsedTime(at) <= _countsHold;
    }

    private long Sum(long[] counts)
    {
        var sum = 0L;
        for (var partition = 0; partition < counts.Length; partition++)
            if (IsHere(partition)) sum += Volatile.Read(ref counts[partition]);
        return Math.Max(0, sum);
    }
}
