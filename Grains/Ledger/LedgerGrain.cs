using DlqCluster.Delivery;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DlqCluster.Ledger;

/// <summary>What a ledger partition may wake.</summary>
internal sealed class LedgerServices(
    ILedgerStore store, DeliveryGates gates, QueueTracker queue, DrainState drain, IOptions<LedgerOptions> ledger, IOptions<DeliveryOptions> delivery)
{
    public ILedgerStore Store => store;

    public DeliveryGates Gates => gates;

    public QueueTracker Queue => queue;

    public DrainState Drain => drain;

    public LedgerOptions Options => ledger.Value;

    public TimeSpan Watchdog => TimeSpan.FromMilliseconds(delivery.Value.WatchdogMs);
}

/// <summary>Looks, at short intervals, for what is due in its partition and wakes it. What it wakes it first claims, so that a look that
/// takes long, or a second one, wakes nothing twice.</summary>
[GrainType("ledger")]
internal sealed partial class LedgerGrain(LedgerServices services, TimeProvider time, TroubleLog troubles, ILogger<LedgerGrain> logger)
    : Grain, ILedgerGrain
{
    /// <summary>Brings the grain back wherever it was lost; the looking itself is a timer's work.</summary>
    private const string Reminder = "keep-alive";
    private const string Looking = "Looking for due messages in the ledger";

    /// <summary>What is in hand is due within one, and clocks of silos differ by less than another.</summary>
    private const int WatchdogsAhead = 2;

    private static readonly TimeSpan _reminderPeriod = TimeSpan.FromMinutes(1);

    private readonly ClockWatch _clock = new(time);
    private int _partition;
    private IGrainTimer? _timer;
    private bool _hasLooked;
    private bool _leftSome;
    private bool _tries;
    private long? _triedAt;
    private long? _countedAt;
    private IReadOnlyList<LaneCount> _lanes = [];

    private TimeSpan BusyInterval => TimeSpan.FromMilliseconds(Math.Min(services.Options.BusyPollIntervalMs, services.Options.PollIntervalMs));

    private TimeSpan Interval => TimeSpan.FromMilliseconds(services.Options.PollIntervalMs);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _partition = (int)this.GetPrimaryKeyLong();
        _timer = this.RegisterGrainTimer(LookAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Interval) { KeepAlive = true });
        return Task.CompletedTask;
    }

    public Task Start() => this.RegisterOrUpdateReminder(Reminder, _reminderPeriod, _reminderPeriod);

    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;

    public Task<IReadOnlyList<LaneCount>> GetLanes() => Task.FromResult(_lanes);

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A watchdog that was set before the clock was set back would come too late: whoever has a message in hand says so when it is asked.
            var now = _clock.Read(out var setBack);
            if (setBack > TimeSpan.Zero) LogSetBack(_partition, setBack, await services.Store.ReleaseAsync(_partition, now));
            var heads = await services.Store.PeekAsync(_partition);
            if (!_hasLooked && heads.Any(static head => head.Lane == LedgerLanes.Active)) await ReleaseAheadAsync(now);
            _hasLooked = true;
            services.Queue.NoteLateness(_partition, Lateness(heads));
            _leftSome = false;
            _tries = IsTimeToTry();
            foreach (var head in heads) await ServeAsync(head, cancellationToken);
            // What was left for want of room at a gate that lets out: soon there will be some.
            if (_leftSome) _timer?.Change(BusyInterval, Interval);
            if (_countedAt is not { } at || time.GetElapsedTime(at).TotalMilliseconds >= services.Options.CountIntervalMs) await CountAsync();
            troubles.Over(Looking);
        }
        catch (Exception exception)
        {
            // It looks again at the next interval.
            troubles.Met(Looking, exception);
        }
    }

    /// <summary>
    /// Looks after what was written when the clock went ahead of what it is now, and nobody was here to see it set back. Whoever is in hand, or
    /// in a backoff that is longer than this, says so when it is asked.
    /// </summary>
    private async Task ReleaseAheadAsync(DateTimeOffset now)
    {
        var count = await services.Store.ReleaseAsync(_partition, now, now + (WatchdogsAhead * services.Watchdog));
        if (count > 0) LogAhead(_partition, count);
    }

    /// <summary>How overdue the most overdue message is. What waits for room at a gate is not overdue, and a receipt is no message.</summary>
    private TimeSpan Lateness(IReadOnlyList<LaneHead> heads)
    {
        var now = time.GetUtcNow();
        var latest = TimeSpan.Zero;
        foreach (var head in heads)
            if (head.Lane is LedgerLanes.Active or LedgerLanes.Scheduled or LedgerLanes.Held && now - head.OldestDue > latest) latest = now - head.OldestDue;
        return latest;
    }

    /// <summary>Wakes what is due in a lane, batch by batch, as far as there is room.</summary>
    private async Task ServeAsync(LaneHead head, CancellationToken cancellationToken)
    {
        var target = LedgerLanes.TargetOf(head.Lane);
        for (var batch = 0; batch < services.Options.MaxBatchesPerPoll; batch++)
        {
            var now = time.GetUtcNow();
            if (services.Drain.IsDraining || cancellationToken.IsCancellationRequested) return;
            if (batch == 0 && target is null && head.OldestDue > now) return;
            var limit = Limit(head.Lane, target, isFirst: batch == 0);
            if (limit == 0)
            {
                _leftSome |= services.Gates.LetsOut(target);
                return;
            }

            // In a waiting lane due is a rank: whoever has the smallest goes, whatever it is.
            var upTo = target is null ? now : DateTimeOffset.MaxValue;
            var claimed = await services.Store.ClaimAsync(_partition, head.Lane, upTo, limit, now + services.Watchdog);
            if (head.Lane == LedgerLanes.Scheduled) services.Queue.Woken(_partition, claimed.Count);
            await Task.WhenAll(claimed.Select(WakeAsync));
            if (claimed.Count < limit) return;
        }

        _leftSome = true;
    }

    /// <summary>How many of a lane to wake now. What finds no room at a gate would only go back to the ledger, which costs as much as a delivery.</summary>
    private int Limit(string lane, string? target, bool isFirst)
    {
        if (lane == LedgerLanes.Receipt) return services.Options.BatchSize;
        if (target is not null) return Math.Min(services.Options.BatchSize, services.Gates.Room(target));
        var room = services.Gates.RoomInAll((int)Math.Min((long)services.Options.BatchSize * services.Queue.Partitions, int.MaxValue));
        // With every gate full or shut a few of each lane an interval: enough for what goes to no gate, such as an expiry or a hand-off.
        if (room == 0 && !(_tries && isFirst)) return 0;
        return Math.Min(services.Options.BatchSize, Math.Max(room / services.Queue.Partitions, services.Options.MinBatchSize));
    }

    /// <summary>Whether an interval has passed, and not only the shorter one of a busy time.</summary>
    private bool IsTimeToTry()
    {
        if (_triedAt is { } at && time.GetElapsedTime(at) + BusyInterval < Interval) return false;
        _triedAt = time.GetTimestamp();
        return true;
    }

    private async Task WakeAsync(MessageId id)
    {
        try
        {
            await GrainFactory.GetGrain<IMessageGrain>(id.Value).Wake();
        }
        catch (Exception exception)
        {
            // It stays claimed, and is due again when the watchdog's time is over.
            LogNotWoken(exception, id);
        }
    }

    private async Task CountAsync()
    {
        _lanes = await services.Store.CountAsync(_partition);
        _countedAt = time.GetTimestamp();
        services.Queue.Counted(_partition, _lanes);
    }

    [LoggerMessage(5004, LogLevel.Information, "Partition {Partition} looks anew after {Count} messages that were to be looked after later than any watchdog would: the clock was set back, or they wait for a long backoff")]
    private partial void LogAhead(int partition, int count);

    [LoggerMessage(5003, LogLevel.Warning, "The clock was set back by {By}; partition {Partition} looks anew after the {Count} messages that are in hand")]
    private partial void LogSetBack(int partition, TimeSpan by, int count);

    [LoggerMessage(5002, LogLevel.Warning, "Message {MessageId} did not wake; it is tried again when its watchdog's time is over")]
    private partial void LogNotWoken(Exception exception, MessageId messageId);
}
