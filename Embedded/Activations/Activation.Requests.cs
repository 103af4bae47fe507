using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace DlqCluster.Embedded;

/// <content>Which request runs when.</content>
internal sealed partial class Activation
{
    private Queue<Request>? _waiting;
    private Request? _lastExclusive;
    private int _running;
    private int _exclusive;
    private int _readOnly;
    private int _load;
    private bool _hasServed;
    private bool _isRunningWaiting;

    /// <summary>Requests that wait or run; anyone may look.</summary>
    public int Load => Volatile.Read(ref _load);

    /// <summary>What it is busy with, in words, for the log.</summary>
    public string Business => _lastExclusive is { } running ? $"{State}, running {running.Method}" : $"{State}";

    private bool HasWaiting => _waiting is { Count: > 0 };

    public bool TryTake(Request request)
    {
        // A closed activation hands on what still reaches it, so every request can be taken.
        if (Class.MaxWorkers > 1) Interlocked.Increment(ref _load);
        Enqueue(request);
        return true;
    }

    /// <summary>A request's turn has come to be looked at.</summary>
    /// <param name="request">The request.</param>
    public void Receive(Request request)
    {
        switch (State)
        {
            case ActivationState.Valid when MayRun(request):
                Run(request);
                break;
            case ActivationState.Closed:
                HandOn(request);
                break;
            case ActivationState.Deactivating when Runtime.IsClosing:
                Drop(request, Runtime.Unavailable());
                break;
            case ActivationState.Created:
                (_waiting ??= new Queue<Request>(1)).Enqueue(request);
                RequestContext.Restore(request.Context);
                _ = ActivateAsync();
                break;
            default:
                (_waiting ??= new Queue<Request>(1)).Enqueue(request);
                break;
        }
    }

    /// <summary>A request's method has ended.</summary>
    /// <param name="request">The request.</param>
    /// <param name="completed">The method's task.</param>
    public void OnRequestEnded(Request request, Task completed)
    {
        _running--;
        if (IsExclusive(request)) _exclusive--;
        else if (request.Method.IsReadOnly) _readOnly--;
        if (ReferenceEquals(_lastExclusive, request)) _lastExclusive = null;
        ReduceLoad();
        var now = Runtime.TimeProvider.GetTimestamp();
        if (request.KeepsAlive) _lastUsed = now;
        Class.Counters.OnCall(completed.IsFaulted, now - request.SentAt);
        if (completed.IsFaulted) OnRequestFailed(request, completed.Exception!.InnerException!);
    }

    /// <summary>Runs what may run now that a request has ended.</summary>
    public void ContinueAfterRequest()
    {
        if (State == ActivationState.Deactivating) FinishDeactivatingWhenIdle();
        else if (State == ActivationState.Valid && HasWaiting) RunWaiting();
    }

    private static bool IsExclusive(Request request) => !request.Method.IsAlwaysInterleave && !request.Method.IsReadOnly;

    private bool MayRun(Request request) =>
        _running == 0
        || Class.IsReentrant
        || request.Method.IsAlwaysInterleave
        || (_exclusive == 0 && (_readOnly == 0 || request.Method.IsReadOnly));

    private void Run(Request request)
    {
        if (request.IsAnswered && !request.Method.IsOneWay)
        {
            // Its time ran out while it waited. Nobody waits for it any more.
            ReduceLoad();
            return;
        }

        _running++;
        _hasServed = true;
        if (IsExclusive(request))
        {
            _exclusive++;
            _lastExclusive = request;
        }
        else if (request.Method.IsReadOnly)
        {
            _readOnly++;
        }

        request.Start(this, GrainInstance!);
    }

    private void RunWaiting()
    {
        // A request that ends at once comes back here while the loop below is at work; the loop goes on by itself.
        if (_isRunningWaiting) return;
        _isRunningWaiting = true;
        while (State == ActivationState.Valid && HasWaiting)
        {
            if (MayRun(_waiting!.Peek())) Run(_waiting.Dequeue());
            else if (!RunWaitingReaders()) break;
        }

        _isRunningWaiting = false;
    }

    /// <summary>What changes nothing joins what changes nothing, also past a request that has to wait.</summary>
    /// <returns>False when there was none.</returns>
    private bool RunWaitingReaders()
    {
        if (_exclusive > 0 || _readOnly == 0) return false;
        var ran = false;
        for (var left = _waiting!.Count; left > 0; left--)
        {
            var request = _waiting.Dequeue();
            var runs = request.Method.IsReadOnly && State == ActivationState.Valid && MayRun(request);
            ran |= runs;
            if (runs) Run(request);
            else _waiting.Enqueue(request);
        }

        return ran;
    }

    private void OnRequestFailed(Request request, Exception exception)
    {
        if (request.Method.IsOneWay) LogOneWayFailed(exception, request.Method, GrainId);
        if (exception is not InconsistentStateException { IsSourceActivation: true } conflict) return;

        // What it holds in memory is not what the store has. The next activation reads it anew; callers of callers are not affected.
        conflict.IsSourceActivation = false;
        LogConflict(exception, this);
        Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, exception, "Its state was changed by somebody else."));
    }

    private void HandOnWaiting()
    {
        while (_waiting is not null && _waiting.TryDequeue(out var request)) HandOn(request);
    }

    private void DropWaiting(Exception reason)
    {
        while (_waiting is not null && _waiting.TryDequeue(out var request)) Drop(request, reason);
    }

    private void HandOn(Request request)
    {
        ReduceLoad();
        if (!request.MayBeHandedOn) return;
        // An activation that ends before it has served anything could go on like that for ever.
        if (!_hasServed && ++request.Forwards > Runtime.MaxForwardCount)
        {
            UnderWay.Remove(request);
            request.Fail(new OrleansMessageRejectionException(
                $"{request.Method} on {GrainId} was passed on {request.Forwards} times to activations that ended at once."));
            return;
        }

        Runtime.Deliver(request);
    }

    private void Drop(Request request, Exception reason)
    {
        ReduceLoad();
        UnderWay.Remove(request);
        request.Fail(reason);
    }

    private void ReduceLoad()
    {
        if (Class.MaxWorkers > 1) Interlocked.Decrement(ref _load);
    }

    [LoggerMessage(8003, LogLevel.Warning, "{Method} on {GrainId} failed. Nobody waits for it.")]
    private partial void LogOneWayFailed(Exception exception, GrainMethod method, GrainId grainId);

    [LoggerMessage(8004, LogLevel.Information, "{Activation} ends because its state was changed by somebody else.")]
    private partial void LogConflict(Exception exception, Activation activation);
}
