using Microsoft.Extensions.Logging;
using Orleans;

namespace DlqCluster.Embedded;

/// <content>Start, stop, and sudden death.</content>
public sealed partial class EmbeddedRuntime
{
    private const int MostNamesInLog = 100;

    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(20);

    private readonly TaskCompletionSource _ended = new();

    /// <summary>Begins to take calls.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.CompareExchange(ref _state, (int)RuntimeState.Running, (int)RuntimeState.Created) != (int)RuntimeState.Created)
            throw new InvalidOperationException($"The silo {SiloIdentity} was started before.");
        Collector.Start();
        await Reminders.StartAsync(cancellationToken);
        LogStarted(SiloIdentity, Grains.Classes.Count);
    }

    /// <summary>
    /// Takes no more calls, lets those that were taken finish, and deactivates every activation. What has not finished within
    /// <see cref="EmbeddedOptions.ShutdownTimeout"/> is abandoned and named in the log.
    /// </summary>
    /// <param name="cancellationToken">Gives up at once.</param>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.CompareExchange(ref _state, (int)RuntimeState.Stopping, (int)RuntimeState.Running) != (int)RuntimeState.Running)
            return;
        using var timer = new CancellationTokenSource(_options.ShutdownTimeout, TimeProvider);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        var stopping = Turns.RunAsync(() => StopInTurnsAsync(limit.Token));
        // After Kill no turn comes any more, and nothing is left to wait for.
        await Task.WhenAny(stopping, _ended.Task);
        Kill();
        if (stopping.IsCompleted) await stopping;
    }

    /// <summary>
    /// Ends at once, as a crash would: nothing is deactivated, no timer fires and no turn runs any more. Whoever waits for an answer gets a
    /// <see cref="Orleans.Runtime.SiloUnavailableException"/>. A turn that is running goes on to its next await.
    /// </summary>
    public void Kill()
    {
        _isKilled = true;
        Volatile.Write(ref _state, (int)RuntimeState.Stopped);
        Collector.Dispose();
        UnderWay.Dispose();
        Reminders.Dispose();
        foreach (var deadline in UnderWay.Snapshot())
        {
            UnderWay.Remove(deadline);
            if (deadline is Request request) request.Fail(Unavailable());
        }

        _ended.TrySetResult();
    }

    private async Task<bool> StopInTurnsAsync(CancellationToken limit)
    {
        Reminders.StopTicking();
        await WaitForCallsFromOutsideAsync(limit);
        Volatile.Write(ref _state, (int)RuntimeState.Closing);
        // An activation may have been made while the first ones were deactivated.
        for (var round = 0; round < 2 && !limit.IsCancellationRequested; round++) await DeactivateAllAsync(limit);
        var unfinished = Catalog.Snapshot();
        foreach (var activation in unfinished.Take(MostNamesInLog)) LogUnfinished(activation, activation.Business);
        LogStopped(SiloIdentity, unfinished.Count);
        await Reminders.CloseTableAsync(limit);
        return true;
    }

    private async Task WaitForCallsFromOutsideAsync(CancellationToken limit)
    {
        // Half of the time: what hangs must not take from the others the time to say goodbye.
        var startedAt = TimeProvider.GetTimestamp();
        while (TimeProvider.GetElapsedTime(startedAt) < _options.ShutdownTimeout / 2 && !limit.IsCancellationRequested)
        {
            if (!UnderWay.Snapshot().Exists(static deadline => deadline is Request { IsFromOutside: true })) return;
            await Task.Delay(_pollInterval, TimeProvider, limit).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    private async Task DeactivateAllAsync(CancellationToken limit)
    {
        var pending = new Queue<Activation>(Catalog.Snapshot());
        var workers = Math.Min(pending.Count, Math.Max(1, _options.ShutdownConcurrency));
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => DeactivateAsync(pending, limit)));
    }

    private async Task DeactivateAsync(Queue<Activation> pending, CancellationToken limit)
    {
        // One that hangs keeps its place for a while only, so that the others have their turn.
        var patience = _options.ShutdownTimeout / 4;
        while (!limit.IsCancellationRequested && pending.TryDequeue(out var activation))
        {
            activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The silo is stopping."), limit);
            await activation.Deactivated.WaitAsync(patience, TimeProvider, limit).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    [LoggerMessage(8009, LogLevel.Information, "The silo {Silo} has started with {Count} grain classes.")]
    private partial void LogStarted(string silo, int count);

    [LoggerMessage(8010, LogLevel.Information, "The silo {Silo} has stopped; {Count} activations had not finished.")]
    private partial void LogStopped(string silo, int count);

    [LoggerMessage(8011, LogLevel.Warning, "{Activation} had not finished when the silo stopped: {Business}.")]
    private partial void LogUnfinished(Activation activation, string business);
}
