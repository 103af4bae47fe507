using DlqCluster.DeadLetters;
using DlqCluster.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace DlqCluster.Messages;

/// <summary>
/// The message's way to its downstream: a loop that asks <see cref="MessageLifecycle"/> what is needed and does it. It runs on the
/// activation's scheduler beside the turns, so that a read or a cancel never waits for a downstream. If it breaks off, whatever the
/// reason, the ledger finds the message again.
/// </summary>
internal sealed partial class MessageGrain
{
    private static readonly TimeSpan _longestTimer = TimeSpan.FromDays(40);
    private static readonly TimeSpan _trusted = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestRecordDelay = TimeSpan.FromSeconds(5);

    private Task? _run;
    private CancellationTokenSource? _wait;
    private CancellationTokenSource? _send;
    private bool _stopping;
    private bool _lookAgain;
    private bool _atGate;
    private long _leftAs;

    /// <summary>A wait in memory that is over, and of which state of the record.</summary>
    private (long Revision, DateTimeOffset Until) _waited;

    private void EnsureRunning()
    {
        // A loop that is just finishing must not miss what came in meanwhile.
        _lookAgain = true;
        if (_stopping || _run is { IsCompleted: false }) return;
        // An activation that sat idle while the cluster disagreed on who has the message may have been overtaken by another one.
        _isStale |= services.Time.GetElapsedTime(_knownAt) > _trusted;
        _run = RunAsync();
    }

    /// <summary>Ends waits, so that the loop looks anew.</summary>
    private void Interrupt()
    {
        _wait?.Cancel();
        _send?.Cancel();
    }

    /// <summary>Ends waits, but lets an attempt that is on its way come to its end.</summary>
    private void Stop()
    {
        _stopping = true;
        _wait?.Cancel();
    }

    private async Task RunAsync()
    {
        // The turn that started this answers first.
        await Task.Yield();
        using var scope = logger.BeginScope(new MessageScope(_id, stored));
        try
        {
            while (_lookAgain)
            {
                _lookAgain = false;
                while (await SettledAsync() is { } record && await StepAsync(record))
                {
                }
            }
        }
        catch (Exception exception)
        {
            LogBrokeOff(exception, _id);
            _isStale = true;
        }
        finally
        {
            // All has been done: nobody who ends this activation has anything to wait for.
            _run = null;
            DeactivateOnIdle();
        }
    }

    /// <summary>Does what is needed next.</summary>
    /// <returns>False when this activation is done with the message.</returns>
    private Task<bool> StepAsync(MessageRecord record)
    {
        var step = MessageLifecycle.Next(record, TimeFor(record));
        return step.Need switch
        {
            MessageNeed.Send => SendAsync(record),
            MessageNeed.Wait => WaitAsync(record, step.At),
            MessageNeed.Expire => ExpireAsync(),
            MessageNeed.TellPartition => TellPartitionAsync(record),
            _ => LeaveAsync(record),
        };
    }

    private async Task<bool> ExpireAsync()
    {
        await RecordAsync(current => current.HasEnded ? null : MessageLifecycle.End(current, MessageState.Expired, Now));
        return true;
    }

    private async Task<bool> LeaveAsync(MessageRecord record)
    {
        if (record.Envelope.OrderingKey is not null) await TellLanesAsync(record);
        if (record.Envelope.Claim is { } claim) await DiscardPayloadAsync(claim);
        return !await LeaveQueueAsync(record);
    }

    /// <summary>Waits out a backoff or a schedule: in memory if that is short, in the ledger if not.</summary>
    private async Task<bool> WaitAsync(MessageRecord record, DateTimeOffset until)
    {
        var wait = Until(until);
        var inMemory = record.State == MessageState.Retrying && wait.TotalMilliseconds <= services.Limits.Delivery.MaxTimerWaitMs;
        if (_stopping || !inMemory || !services.Path.Backoffs.TryTake()) return await HandBackAsync(record);
        _wait = new CancellationTokenSource();
        try
        {
            await Task.Delay(wait, services.Time, _wait.Token);
            _waited = (record.Revision, until);
        }
        catch (OperationCanceledException)
        {
            // The loop looks anew.
        }
        finally
        {
            services.Path.Backoffs.Release();
            _wait.Dispose();
            _wait = null;
        }

        return true;
    }

    /// <summary>
    /// The time as far as the message is concerned: a wait that is over stays over, and none is longer than its policy allows, whatever the
    /// clock has been set to meanwhile.
    /// </summary>
    private DateTimeOffset TimeFor(MessageRecord record)
    {
        var now = Now;
        if (_waited.Revision == record.Revision && _waited.Until > now) return _waited.Until;
        var downstream = services.Path.Downstreams.Current.Entries.GetValueOrDefault(record.Envelope.Target)?.Definition;
        var policy = RetryPolicy.Resolve(services.Limits.Retry, downstream?.Retry, record.Envelope.Retry);
        return MessageLifecycle.TimeFor(record, policy.MaxBackoff, now);
    }

    /// <summary>How long until then, as timers take it: in whole milliseconds, and never negative, which would be for ever.</summary>
    private TimeSpan Until(DateTimeOffset then) =>
        TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling((then - Now).TotalMilliseconds), 1, _longestTimer.TotalMilliseconds));

    private async Task<bool> TellPartitionAsync(MessageRecord record)
    {
        var partition = GrainFactory.GetGrain<IDlqPartitionGrain>(Partition);
        var news = record.Owed!;
        if (news.End == MessageState.DeadLettered)
        {
            using var span = DlqTracing.StartDeadLetter(_id, record);
            // The letter has its payload itself: it can be searched, edited and exported, and outlives the message.
            var whole = await services.Payloads.FetchAsync(record.Envelope);
            await partition.Admit(new DeadLetterMessage
            {
                MessageId = _id,
                Envelope = whole.Envelope,
                Generation = record.Generation,
                ErrorReason = news.ErrorReason ?? whole.Fault ?? "",
                ErrorStack = news.ErrorStack,
                ErrorType = news.ErrorType,
                Attempts = record.AttemptsMade,
                AttemptLog = record.Attempts,
                SystemState = services.Path.Probe.Measure(),
            });
        }
        else
        {
            await partition.ReplayEnded(_id, record.Generation, news.End);
        }

        var next = await RecordAsync(current => current.Owed is null ? null : MessageLifecycle.Told(current, Now));
        if (next is { State: MessageState.DeadLettered }) services.Metrics.DeadLettered();
        return true;
    }

    /// <summary>
    /// Records what has happened and cannot be undone, such as a delivery: where storage fails it is tried again, since giving up would
    /// mean sending again. Before each further try the record is read, for a write that failed may have happened.
    /// </summary>
    private async Task<MessageRecord?> RecordAsync(Func<MessageRecord, MessageRecord?> decide)
    {
        MessageRecord? attempted = null;
        for (var tries = 0; ; tries++)
        {
            await _oneAtATime.WaitAsync();
            try
            {
                await RereadAsync();
                if (attempted is not null && stored.State.Revision >= attempted.Revision) return stored.State;
                attempted = decide(stored.State);
                if (attempted is not null) await WriteAsync(attempted);
                return attempted;
            }
            catch (Exception exception) when (exception is not InconsistentStateException && tries < services.Limits.Delivery.MaxRecordRetries)
            {
                LogRecordAgain(exception, _id, tries + 1);
            }
            finally
            {
                _oneAtATime.Release();
            }

            var delay = TimeSpan.FromMilliseconds(Math.Min(20 * Math.Pow(2, Math.Min(tries, 20)), _longestRecordDelay.TotalMilliseconds));
            await Task.Delay(delay, services.Time);
        }
    }

    /// <summary>What a reader sees: the stored state, and what this activation is doing at the moment.</summary>
    private MessageState Shown(MessageRecord record)
    {
        if (record.HasEnded) return record.State;
        if (_send is not null) return MessageState.Processing;
        if (record.Hold?.Until > Now) return record.State;
        var entry = services.Path.Downstreams.Current.Entries.GetValueOrDefault(record.Envelope.Target);
        var ready = _atGate || !(MessageLifecycle.DueAt(record) > Now);
        if (entry is not null && ready && services.Path.Gates.Get(entry.Definition).Counts.Blocked) return MessageState.Parked;
        return record.State;
    }

    [LoggerMessage(2001, LogLevel.Warning, "Message {MessageId} was set aside; the ledger will bring it back")]
    private partial void LogBrokeOff(Exception exception, MessageId messageId);

    [LoggerMessage(2002, LogLevel.Warning, "Message {MessageId}: its record could not be written ({Tries} tries so far); trying again")]
    private partial void LogRecordAgain(Exception exception, MessageId messageId, int tries);
}
