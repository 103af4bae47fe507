using DlqCluster.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Placement;
using Orleans.Storage;

namespace DlqCluster.Messages;

/// <summary>
/// One message. Its turns are here; its way to the downstream, which runs beside them on the same activation, is in the other file. Both
/// change the record only through <see cref="CommitAsync"/>, one at a time.
/// </summary>
[GrainType("message"), PreferLocalPlacement, CollectionAgeLimit(Minutes = 2)]
internal sealed partial class MessageGrain(
    [PersistentState("message", DlqGrains.MessageStorage)] IPersistentState<MessageRecord> stored,
    MessageServices services,
    ILogger<MessageGrain> logger) : Grain, IMessageGrain, IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private MessageId _id;
    private MessageRecord? _before;
    private long _knownAt;
    private bool _isStale;
    private bool _inLedger;

    /// <summary>What is known to be stored: while it is being written anew, what it was before.</summary>
    private MessageRecord? Record => stored.RecordExists ? _before ?? stored.State : null;

    private int Partition => _id.Partition(services.Limits.Partitions);

    private DateTimeOffset Now => services.Time.GetUtcNow();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _id = new MessageId(this.GetPrimaryKeyString());
        _knownAt = services.Time.GetTimestamp();
        return Task.CompletedTask;
    }

    public async Task<SubmitResult> Submit(SubmitMessage message)
    {
        using var accepting = services.Path.Gates.Accepts.Begin();
        await RefreshAsync();
        if (Record is { } known) return await RepeatAsync(known, message);
        if (message.Envelope.OrderingKey is not null) return await SubmitInOrderAsync(message);

        var kept = message with { Envelope = await services.Payloads.DepositAsync(_id, generation: 0, message.Envelope) };
        var accepted = MessageLifecycle.Accept(kept, Now);
        // Where many wait already it waits in the ledger at once, and not here, unless it goes before most of them.
        var goesOn = accepted.State == MessageState.Scheduled || accepted.Envelope.Priority is MessagePriority.Critical or MessagePriority.High
            || !services.Path.Gates.IsCrowded(accepted.Envelope.Target);
        // Both halves are durable before the answer; a repeat completes whichever is missing.
        await Task.WhenAll(CommitAsync(accepted), goesOn ? EnterLedgerAsync(accepted.NextAttemptAt) : EnterWaitingAsync(accepted));
        services.Metrics.Accepted();
        services.Path.Queue.Entered(Partition, accepted.State == MessageState.Scheduled);
        if (!goesOn) DeactivateOnIdle();
        return Answer(SubmitOutcome.Accepted, accepted, goesOn);
    }

    public Task<MessageView?> Get() => Record switch
    {
        null => Task.FromResult<MessageView?>(null),
        { Envelope.OrderingKey: not null, HasEnded: false } ordered when !_isFirst => ViewInOrderAsync(ordered),
        var record => Task.FromResult<MessageView?>(View(record)),
    };

    public async Task<CancelResult> Cancel()
    {
        await RefreshAsync();
        if (Record is not { } record) return new CancelResult(CancelOutcome.NotFound, null);
        await _oneAtATime.WaitAsync();
        try
        {
            await RereadAsync();
            record = stored.State;
            if (record.HasEnded || record.Owed is not null) return new CancelResult(CancelOutcome.AlreadyEnded, record.State);
            // The submit that was never acknowledged may have left no entry; without one its receipt would be kept for ever.
            if (!_inLedger) await EnterLedgerAsync(scheduledFor: null);
            await WriteAsync(MessageLifecycle.End(record, MessageState.Cancelled, Now));
        }
        finally
        {
            _oneAtATime.Release();
        }

        Interrupt();
        EnsureRunning();
        return new CancelResult(CancelOutcome.Cancelled, MessageState.Cancelled);
    }

    public async Task Wake()
    {
        // An activation that found nothing when it came to life may have been called while another silo was just accepting the message.
        _isStale |= Record is null;
        await RefreshAsync();
        if (Record is { } record)
        {
            // The ledger has just looked after this entry, so there is one.
            _inLedger = true;
            if (!await ForgetIfDueAsync(record)) EnsureRunning();
            return;
        }

        // A submit that was never acknowledged left its ledger half behind.
        await LeaveLedgerAsync();
        DeactivateOnIdle();
    }

    public async Task<ReplayProgress> Replay(ReplayMessage replay)
    {
        await RefreshAsync();
        await _oneAtATime.WaitAsync();
        try
        {
            await RereadAsync();
            var answer = MessageLifecycle.AnswerReplay(Record, replay.Generation);
            if (answer is not null and not ReplayProgress.UnderWay) return answer.Value;
            // The ledger first: a replay that is recorded but that nobody looks after would be under way for ever.
            await EnterLedgerAsync(scheduledFor: null);
            if (answer is null) await TakeOnAsync(replay);
        }
        finally
        {
            _oneAtATime.Release();
        }

        EnsureRunning();
        return ReplayProgress.UnderWay;
    }

    public async Task<ReplayProgress> GetReplayProgress(int generation)
    {
        // Who asks gives a replay up that nobody knows of: an activation that another one has overtaken must not say so.
        _isStale = true;
        await RefreshAsync();
        return MessageLifecycle.Progress(Record, generation);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Stop();
        if (_run is { IsCompleted: false } run) await run.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _oneAtATime.Dispose();
        _wait?.Dispose();
        _send?.Dispose();
    }

    /// <summary>A submit of a key that is taken: by the same message, or by another one.</summary>
    private async Task<SubmitResult> RepeatAsync(MessageRecord known, SubmitMessage message)
    {
        if (known.RequestHash != message.RequestHash) return Answer(SubmitOutcome.Conflict, known, goOn: false);
        if (known.Envelope.OrderingKey is not null && !_inLedger && !known.HasEnded) return await RepeatInOrderAsync(known);
        // Whether the first submit got as far as the ledger is not known to an activation that did not see it.
        if (!_inLedger && !known.HasEnded) await EnterLedgerAsync(known.State == MessageState.Scheduled ? known.NextAttemptAt : null);
        services.Metrics.IdempotencyHit("ingress");
        return Answer(SubmitOutcome.Duplicate, known, goOn: !known.HasEnded);
    }

    private async Task TakeOnAsync(ReplayMessage replay)
    {
        var former = Record?.Envelope.Claim;
        // One that has not ended yet, since that its letter is stored is not recorded, still has its turn.
        if (replay.Envelope.OrderingKey is not null && Record is not { HasEnded: false }) await LeaveLaneAsync(replay.Envelope);
        var kept = replay with { Envelope = await services.Payloads.DepositAsync(_id, replay.Generation, replay.Envelope) };
        await WriteAsync(MessageLifecycle.Replay(Record, kept, Now));
        await DiscardPayloadAsync(former);
        services.Metrics.Replayed();
        services.Path.Queue.Entered(Partition, scheduled: false);
    }

    private SubmitResult Answer(SubmitOutcome outcome, MessageRecord record, bool goOn)
    {
        // An ended message is left to idle collection: to leave at once would only send the next of many racing repeats elsewhere.
        if (goOn) EnsureRunning();
        return new SubmitResult(outcome, _id, record.State, record.Envelope.AcceptedAt);
    }

    /// <summary>Reads the record anew when a write of unknown outcome has made this copy of it doubtful.</summary>
    private async Task RefreshAsync()
    {
        if (!_isStale) return;
        await _oneAtATime.WaitAsync();
        try
        {
            await RereadAsync();
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>The record once no write of it is under way: nobody must be told, and nothing be sent, of what is only about to be stored.</summary>
    private async ValueTask<MessageRecord?> SettledAsync()
    {
        await _oneAtATime.WaitAsync();
        try
        {
            await RereadAsync();
            return Record;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task RereadAsync()
    {
        if (!_isStale) return;
        await stored.ReadStateAsync();
        _knownAt = services.Time.GetTimestamp();
        _isStale = false;
    }

    private async Task CommitAsync(MessageRecord next)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            await WriteAsync(next);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task WriteAsync(MessageRecord next)
    {
        var previous = stored.RecordExists ? stored.State : null;
        try
        {
            _before = previous;
            stored.State = next;
            await stored.WriteStateAsync();
            _knownAt = services.Time.GetTimestamp();
        }
        catch (Exception exception)
        {
            if (previous is not null) stored.State = previous;
            _isStale = true;
            // Another activation has had this message meanwhile: this one has nothing more to say.
            if (exception is InconsistentStateException) DeactivateOnIdle();
            throw;
        }
        finally
        {
            _before = null;
        }
    }

    private MessageView View(MessageRecord record) => new()
    {
        MessageId = _id,
        State = Shown(record),
        Target = record.Envelope.Target,
        AcceptedAt = record.Envelope.AcceptedAt,
        EndedAt = record.EndedAt,
        NextAttemptAt = record.Hold?.Until > record.NextAttemptAt.GetValueOrDefault() ? record.Hold.Until : record.NextAttemptAt,
        Attempts = record.Attempts,
        Priority = record.Envelope.Priority,
        Tags = record.Envelope.Tags,
        Source = record.Envelope.Source,
        ClientMessageId = record.Envelope.ClientMessageId,
        CorrelationId = record.Envelope.CorrelationId,
        ExpiresAt = record.Envelope.ExpiresAt,
        Replays = record.Generation,
        OrderingKey = record.Envelope.OrderingKey,
        Notice = record.Envelope.Notice,
        Hold = record.Hold,
        Conversation = record.Envelope.Conversation,
    };
}
