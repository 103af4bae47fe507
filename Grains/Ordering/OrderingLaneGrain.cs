using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using DlqCluster.Storage;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;

namespace DlqCluster.Ordering;

/// <summary>
/// The messages of one ordering key, one after the other. Its turns interleave: while one waits for the store, others join, and the next
/// write takes them all. What is in the store but has ended is no trouble: before a message has its turn it is asked, and if it has ended the
/// next one is.
/// </summary>
[GrainType("ordering-lane"), Reentrant, PreferLocalPlacement, CollectionAgeLimit(Minutes = 2)]
internal sealed partial class OrderingLaneGrain(OrderingServices services, TimeProvider time, ILogger<OrderingLaneGrain> logger)
    : Grain, IOrderingLaneGrain, IDisposable
{
    private static readonly TimeSpan _idle = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _retry = TimeSpan.FromSeconds(1);

    /// <summary>How often at most joining messages make a lane look whether what holds it up still does.</summary>
    private static readonly TimeSpan _betweenLooks = TimeSpan.FromSeconds(5);

    private const int MaxTries = 3;

    /// <summary>What has left, and is not known to be stored as gone: a lane that is read anew is without it.</summary>
    private readonly HashSet<MessageId> _left = [];
    private readonly SemaphoreSlim _oneWrite = new(1, 1);
    private readonly SemaphoreSlim _oneTurn = new(1, 1);
    private readonly Recheck _recheck = new(time);
    private LaneName _name;
    private OrderingLane? _lane;
    private Task<OrderingLane>? _reading;
    private MessageId? _first;
    private long? _lookedAt;
    private IGrainTimer? _timer;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (!LaneName.TryParse(this.GetPrimaryKeyString(), out _name))
            throw new InvalidOperationException($"'{this.GetPrimaryKeyString()}' is not the name of an ordering lane.");
        await services.Downstreams.FirstAsync();
    }

    public async Task<LanePlace> Join(MessageId message, bool accepted)
    {
        var lane = await LaneAsync();
        var isNew = !lane.Contains(message);
        for (var tries = 1; !lane.HasStored(message); tries++)
        {
            if (!lane.Contains(message))
            {
                if (!accepted && lane.Count >= services.Options.MaxLaneLength) return new LanePlace(LaneTurn.Full, IsNext: false);
                lane.Add(message, time.GetUtcNow());
            }

            if (await TryStoreAsync(lane)) break;
            if (tries == MaxTries) throw Outrun();
            lane = await LaneAsync();
        }

        if (lane.Head?.MessageId == message)
        {
            _first = message;
            return new LanePlace(LaneTurn.First, IsNext: false);
        }

        // One that comes again waits for long already: the first is asked anew, in case it is not what it was.
        LookAfterHead(askAnew: accepted && !isNew);
        return new LanePlace(LaneTurn.Queued, lane.IsNext(message));
    }

    public async Task Ended(MessageId message, MessageState end)
    {
        var lane = await LaneAsync();
        if (_first == message) _first = null;
        if (end == MessageState.DeadLettered && services.Blocks(_name.Target) && lane.Contains(message))
        {
            await BlockAsync(lane, message);
            return;
        }

        if (Drop(lane, message)) StoreSoon();
        // Also when it had left before: the caller that told so may not have lived to see the next one taken up.
        await GiveTurnAsync();
    }

    public async Task Leave(MessageId message)
    {
        for (var tries = 1; ; tries++)
        {
            var lane = await LaneAsync();
            if (services.Blocks(_name.Target) || (!Drop(lane, message) && lane.IsStored)) return;
            if (_first == message) _first = null;
            if (await TryStoreAsync(lane)) break;
            if (tries == MaxTries) throw Outrun();
        }

        LookAfterHead(askAnew: false);
    }

    public Task Check()
    {
        _lookedAt = null;
        LookAfterHead(askAnew: true);
        return Task.CompletedTask;
    }

    public async Task<LaneSpot?> Find(MessageId message)
    {
        var lane = await LaneAsync();
        return lane.Contains(message) ? new LaneSpot(lane.Ahead(message), lane.Head!.Value.MessageId, lane.Block?.Since) : null;
    }

    public async Task<LaneView?> Get(int messages)
    {
        var lane = await LaneAsync();
        if (lane.Head is not { } head) return null;
        return new LaneView
        {
            Target = _name.Target,
            OrderingKey = _name.OrderingKey,
            Partition = _name.Partition(services.Partitions),
            Length = lane.Count,
            HeadMessageId = head.MessageId,
            HeadJoinedAt = head.JoinedAt,
            Blocked = lane.Block is not null,
            BlockedSince = lane.Block?.Since,
            Messages = [.. lane.Messages.Take(messages)],
        };
    }

    public async Task<SkipResult> Skip(MessageId? message)
    {
        var lane = await LaneAsync();
        var refusal = Refusal(lane, message);
        if (refusal is not null) return refusal;
        var head = lane.Head!.Value.MessageId;
        if (await services.Letters.GetAsync(head) is { Status: LetterStatus.Processing }) return new SkipResult(SkipOutcome.BeingReplayed, head);
        // Much may have happened meanwhile.
        lane = await LaneAsync();
        refusal = Refusal(lane, head);
        if (refusal is not null) return refusal;
        lane.Remove(head);
        if (!await TryStoreAsync(lane)) throw Outrun();
        LogSkipped(head, _name);
        await GiveTurnAsync();
        return new SkipResult(SkipOutcome.Skipped, head);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_lane is { IsStored: false } lane) await TryStoreAsync(lane).WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _oneWrite.Dispose();
        _oneTurn.Dispose();
    }

    private SkipResult? Refusal(OrderingLane lane, MessageId? message)
    {
        if (lane.Block is not { } block) return new SkipResult(SkipOutcome.NotBlocked, null);
        var head = block.Entry.MessageId;
        if (message is not null && message != head) return new SkipResult(SkipOutcome.OtherHead, head);
        return _first == head ? new SkipResult(SkipOutcome.BeingReplayed, head) : null;
    }

    private StorageUnavailableException Outrun() => new($"The ordering lane {_name} was changed elsewhere; try again.");

    /// <summary>The lane, read if it has not been or if it is not known what is stored of it.</summary>
    private async ValueTask<OrderingLane> LaneAsync()
    {
        if (_lane is { } lane) return lane;
        var reading = _reading ??= ReadAsync();
        try
        {
            return await reading;
        }
        finally
        {
            if (ReferenceEquals(_reading, reading)) _reading = null;
        }
    }

    private async Task<OrderingLane> ReadAsync()
    {
        // No write may be under way that this reading would not see.
        await _oneWrite.WaitAsync();
        try
        {
            var lane = new OrderingLane(await services.Store.ReadAsync(_name));
            foreach (var message in _left) lane.Remove(message);
            return _lane = lane;
        }
        finally
        {
            _oneWrite.Release();
        }
    }

    /// <summary>Takes out a message that has ended.</summary>
    private bool Drop(OrderingLane lane, MessageId message)
    {
        if (!lane.Remove(message)) return false;
        _left.Add(message);
        return true;
    }

    /// <summary>Stores what has changed, with whatever has changed beside it.</summary>
    /// <returns>False when this copy of the lane is not what is stored: the caller begins anew with the lane as it is.</returns>
    private async Task<bool> TryStoreAsync(OrderingLane lane)
    {
        await _oneWrite.WaitAsync();
        var isStored = false;
        try
        {
            if (!ReferenceEquals(lane, _lane)) return false;
            while (lane.NextChange() is { } change)
            {
                if (!await services.Store.ChangeAsync(_name, change)) return false;
                lane.Stored(change);
            }

            _left.Clear();
            return isStored = true;
        }
        finally
        {
            // After a failure it is not known what is stored.
            if (!isStored && ReferenceEquals(lane, _lane)) _lane = null;
            _oneWrite.Release();
        }
    }

    private async Task BlockAsync(OrderingLane lane, MessageId message)
    {
        if (!lane.TryPlanBlock(message, time.GetUtcNow(), out var block)) return;
        await services.Store.BlockAsync(_name, block.Value);
        lane.Blocked(block.Value);
        LogBlocked(_name, message, lane.Count - 1);
    }

    [LoggerMessage(2201, LogLevel.Warning, "Ordering lane {Lane} is held up by message {MessageId}, which was dead-lettered; {Count} wait behind it")]
    private partial void LogBlocked(LaneName lane, MessageId messageId, int count);

    [LoggerMessage(2202, LogLevel.Information, "Message {MessageId} was skipped in ordering lane {Lane}")]
    private partial void LogSkipped(MessageId messageId, LaneName lane);

    [LoggerMessage(2203, LogLevel.Warning, "The next message of ordering lane {Lane} could not be given its turn; it is tried again")]
    private partial void LogNoTurn(Exception exception, LaneName lane);

    [LoggerMessage(2204, LogLevel.Warning, "Ordering lane {Lane} could not be stored; it will be read anew")]
    private partial void LogNotStored(Exception exception, LaneName lane);
}
