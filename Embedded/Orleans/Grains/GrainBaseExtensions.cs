using DlqCluster.Embedded;
using Orleans.Runtime;

namespace Orleans;

/// <summary>What a grain may ask of its activation.</summary>
public static class GrainBaseExtensions
{
    /// <summary>Ends the activation as soon as no request runs on it. Requests that wait go to the next activation.</summary>
    /// <param name="grain">The grain.</param>
    public static void DeactivateOnIdle(this IGrainBase grain) => grain.GrainContext.Deactivate(
        new DeactivationReason(DeactivationReasonCode.ApplicationRequested, $"{nameof(DeactivateOnIdle)} was called."));

    /// <summary>Calls the grain after a while, and then again and again, each time as a request of its own.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="callback">What to call. Its token is cancelled when the timer is disposed.</param>
    /// <param name="options">When, and how it mixes with requests.</param>
    public static IGrainTimer RegisterGrainTimer(
        this IGrainBase grain,
        Func<CancellationToken, Task> callback,
        GrainTimerCreationOptions options) =>
        GrainTimer.Register(grain, static (call, token) => call(token), callback, options);

    /// <inheritdoc cref="RegisterGrainTimer(IGrainBase, Func{CancellationToken, Task}, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<Task> callback, GrainTimerCreationOptions options) =>
        GrainTimer.Register(grain, static (call, _) => call(), callback, options);

    /// <summary>Calls the grain after a while, and then again and again, each time as a request of its own.</summary>
    /// <typeparam name="TState">The type of the argument.</typeparam>
    /// <param name="grain">The grain.</param>
    /// <param name="callback">What to call. Its token is cancelled when the timer is disposed.</param>
    /// <param name="state">Its argument.</param>
    /// <param name="options">When, and how it mixes with requests.</param>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain,
        Func<TState, CancellationToken, Task> callback,
        TState state,
        GrainTimerCreationOptions options) => GrainTimer.Register(grain, callback, state, options);

    /// <inheritdoc cref="RegisterGrainTimer{TState}(IGrainBase, Func{TState, CancellationToken, Task}, TState,
    /// GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain,
        Func<TState, Task> callback,
        TState state,
        GrainTimerCreationOptions options) =>
        GrainTimer.Register(grain, static (call, _) => call.Callback(call.State), (Callback: callback, State: state), options);

    /// <summary>Calls the grain after a while, and then again and again, each time as a request of its own.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="callback">What to call. Its token is cancelled when the timer is disposed.</param>
    /// <param name="dueTime">The wait before the first call; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    /// <param name="period">
    /// The wait between the end of a call and the next; <see cref="Timeout.InfiniteTimeSpan"/> for one call only.
    /// </param>
    public static IGrainTimer RegisterGrainTimer(
        this IGrainBase grain,
        Func<CancellationToken, Task> callback,
        TimeSpan dueTime,
        TimeSpan period) => grain.RegisterGrainTimer(callback, new GrainTimerCreationOptions(dueTime, period));

    /// <inheritdoc cref="RegisterGrainTimer(IGrainBase, Func{CancellationToken, Task}, TimeSpan, TimeSpan)"/>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<Task> callback, TimeSpan dueTime, TimeSpan period) =>
        grain.RegisterGrainTimer(callback, new GrainTimerCreationOptions(dueTime, period));

    /// <summary>Calls the grain after a while, and then again and again, each time as a request of its own.</summary>
    /// <typeparam name="TState">The type of the argument.</typeparam>
    /// <param name="grain">The grain.</param>
    /// <param name="callback">What to call. Its token is cancelled when the timer is disposed.</param>
    /// <param name="state">Its argument.</param>
    /// <param name="dueTime">The wait before the first call; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    /// <param name="period">
    /// The wait between the end of a call and the next; <see cref="Timeout.InfiniteTimeSpan"/> for one call only.
    /// </param>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain,
        Func<TState, CancellationToken, Task> callback,
        TState state,
        TimeSpan dueTime,
        TimeSpan period) => grain.RegisterGrainTimer(callback, state, new GrainTimerCreationOptions(dueTime, period));

    /// <inheritdoc cref="RegisterGrainTimer{TState}(IGrainBase, Func{TState, CancellationToken, Task}, TState, TimeSpan, TimeSpan)"/>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain,
        Func<TState, Task> callback,
        TState state,
        TimeSpan dueTime,
        TimeSpan period) => grain.RegisterGrainTimer(callback, state, new GrainTimerCreationOptions(dueTime, period));
}
