using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <content>How it begins and how it ends.</content>
internal sealed partial class Activation
{
    private DeactivationReason _reason;
    private CancellationToken _giveUp;
    private long _lastUsed;
    private bool _isFinishing;
    private DateTimeOffset _keepUntil = DateTimeOffset.MinValue;

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        if (IsCurrent) BeginDeactivating(deactivationReason, cancellationToken);
        else Enqueue(new ActionItem(activation => activation.BeginDeactivating(deactivationReason, cancellationToken)));
    }

    /// <summary>Ends it if it has been idle for as long as its class allows. Otherwise the collector looks again later.</summary>
    public void DeactivateIfIdle() => Enqueue(new ActionItem(static activation =>
    {
        if (activation.State != ActivationState.Valid || activation.Class.IdleLimit is not { } limit) return;
        if (!activation.EndIfIdleFor(limit)) activation.Runtime.Collector.Watch(activation, activation.IdleAt());
    }));

    /// <summary>Ends it if it has been idle for a while.</summary>
    /// <param name="ageLimit">For how long.</param>
    /// <returns>Completes when it was found busy, or has ended.</returns>
    public async Task DeactivateIfIdleAsync(TimeSpan ageLimit)
    {
        var ends = new TaskCompletionSource<bool>();
        Enqueue(new ActionItem(activation => ends.TrySetResult(activation.EndIfIdleFor(ageLimit))));
        if (await ends.Task) await Deactivated;
    }

    /// <summary>Keeps it from being collected.</summary>
    /// <param name="timeSpan">How long; zero or less takes an earlier request back.</param>
    public void DelayDeactivation(TimeSpan timeSpan)
    {
        ThrowIfNotCurrent();
        var now = Runtime.TimeProvider.GetUtcNow();
        if (timeSpan == Timeout.InfiniteTimeSpan || timeSpan >= DateTimeOffset.MaxValue - now) _keepUntil = DateTimeOffset.MaxValue;
        else _keepUntil = timeSpan <= TimeSpan.Zero ? DateTimeOffset.MinValue : now + timeSpan;
        // The collector may be waiting for a later time, which no longer holds.
        if (State == ActivationState.Valid && Class.IdleLimit is not null) Runtime.Collector.Watch(this, IdleAt());
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever the grain throws goes to its callers.")]
    private async Task ActivateAsync()
    {
        State = ActivationState.Activating;
        try
        {
            _scope = Runtime.ServiceProvider.CreateScope();
            GrainInstance = Class.CreateInstance(this, out _states);
            if (_states.Length > 0 || Class.HasOnActivate) await RunActivationCodeAsync(GrainInstance as IGrainBase);
        }
        catch (Exception exception)
        {
            LogActivationFailed(exception, GrainId);
            await CloseAsync(new DeactivationReason(DeactivationReasonCode.ActivationFailed, exception, "It could not be activated."));
            DropWaiting(exception);
            return;
        }

        State = ActivationState.Valid;
        _lastUsed = Runtime.TimeProvider.GetTimestamp();
        Class.Counters.OnActivated();
        if (Class.IdleLimit is not null) Runtime.Collector.Watch(this, IdleAt());
        if (_reason.ReasonCode != DeactivationReasonCode.None) BeginDeactivating(_reason, _giveUp);
        else if (HasWaiting) RunWaiting();
    }

    private async Task RunActivationCodeAsync(IGrainBase? grain)
    {
        using var transition = BeginTransition(Runtime.ActivationTimeout);
        try
        {
            await ReadStatesAsync(transition.Token);
            if (Class.HasOnActivate && grain is not null)
                await grain.OnActivateAsync(transition.Token).WaitAsync(transition.Token);
        }
        catch (OperationCanceledException exception) when (transition.Token.IsCancellationRequested)
        {
            throw new TimeoutException($"{GrainId} was not activated within {Runtime.ActivationTimeout}.", exception);
        }
        finally
        {
            UnderWay.Remove(transition);
        }
    }

    private async Task ReadStatesAsync(CancellationToken cancellationToken)
    {
        if (_states.Length == 1)
        {
            await _states[0].ReadFirstAsync(cancellationToken).WaitAsync(cancellationToken);
            return;
        }

        await Task.WhenAll(Array.ConvertAll(_states, state => state.ReadFirstAsync(cancellationToken))).WaitAsync(cancellationToken);
    }

    private void BeginDeactivating(DeactivationReason reason, CancellationToken cancellationToken = default)
    {
        if (State is ActivationState.Deactivating or ActivationState.Closed) return;
        if (_reason.ReasonCode == DeactivationReasonCode.None)
        {
            _reason = reason;
            _giveUp = cancellationToken;
        }

        if (State == ActivationState.Activating) return;
        State = ActivationState.Deactivating;
        FinishDeactivatingWhenIdle();
    }

    private void FinishDeactivatingWhenIdle()
    {
        if (_running > 0 || _isFinishing) return;
        _isFinishing = true;
        _ = FinishDeactivatingAsync();
    }

    private async Task FinishDeactivatingAsync()
    {
        DisposeTimers();
        if (Class.HasOnDeactivate && GrainInstance is IGrainBase grain) await RunDeactivationCodeAsync(grain);
        await CloseAsync(_reason);
        if (Runtime.IsClosing) DropWaiting(Runtime.Unavailable());
        else HandOnWaiting();
    }

    [SuppressMessage("Design", "CA1031", Justification = "A grain that fails to say goodbye goes all the same.")]
    private async Task RunDeactivationCodeAsync(IGrainBase grain)
    {
        using var transition = BeginTransition(Runtime.DeactivationTimeout);
        await using var givingUp = _giveUp.UnsafeRegister(static state => ((Transition)state!).Cancel(), transition);
        try
        {
            await grain.OnDeactivateAsync(_reason, transition.Token).WaitAsync(transition.Token);
        }
        catch (Exception exception)
        {
            LogDeactivationFailed(exception, GrainId);
        }
        finally
        {
            UnderWay.Remove(transition);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A service that fails to be disposed must not keep the activation.")]
    private async Task CloseAsync(DeactivationReason reason)
    {
        _reason = reason;
        DisposeTimers();
        Runtime.Collector.Forget(this);
        try
        {
            if (GrainInstance is IAsyncDisposable asyncDisposable) await asyncDisposable.DisposeAsync();
            else (GrainInstance as IDisposable)?.Dispose();
            if (_scope is IAsyncDisposable scope) await scope.DisposeAsync();
        }
        catch (Exception exception)
        {
            LogDeactivationFailed(exception, GrainId);
        }

        // From here on requests find another activation, and what reaches this one is handed on.
        State = ActivationState.Closed;
        Runtime.Catalog.Remove(this);
        LazyInitializer.EnsureInitialized(ref _deactivated, static () => new TaskCompletionSource()).TrySetResult();
    }

    private Transition BeginTransition(TimeSpan timeout)
    {
        var transition = new Transition(this);
        Runtime.UnderWay.Add(transition, timeout);
        return transition;
    }

    private DateTimeOffset IdleAt()
    {
        var clock = Runtime.TimeProvider;
        var idleAt = clock.GetUtcNow() - clock.GetElapsedTime(_lastUsed) + Class.IdleLimit!.Value;
        return idleAt > _keepUntil ? idleAt : _keepUntil;
    }

    private bool EndIfIdleFor(TimeSpan ageLimit)
    {
        if (State != ActivationState.Valid || !IsIdleFor(ageLimit)) return false;
        BeginDeactivating(new DeactivationReason(DeactivationReasonCode.ActivationIdle, "It was idle."));
        return true;
    }

    private bool IsIdleFor(TimeSpan ageLimit) =>
        _running == 0
        && !HasWaiting
        && Runtime.TimeProvider.GetElapsedTime(_lastUsed) >= ageLimit
        && Runtime.TimeProvider.GetUtcNow() >= _keepUntil;

    [LoggerMessage(8001, LogLevel.Error, "{GrainId} could not be activated.")]
    private partial void LogActivationFailed(Exception exception, GrainId grainId);

    [LoggerMessage(8002, LogLevel.Error, "{GrainId} failed to deactivate in order.")]
    private partial void LogDeactivationFailed(Exception exception, GrainId grainId);
}
