using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>
/// A timer of an activation. When it is due it sends its activation a request, which waits its turn like any other; the next period begins
/// when the callback has ended, so there is never more than one request of a timer.
/// </summary>
internal abstract partial class GrainTimer : IGrainTimer
{
    private static readonly TimeSpan _longestWait = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly Activation _activation;
    private readonly Tick _tick;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _disposed = new();
    private TimeSpan _next;
    private TimeSpan _period;
    private int _isTicking;
    private bool _isChanged;

    private protected GrainTimer(Activation activation, GrainTimerCreationOptions options)
    {
        _activation = activation;
        _tick = new Tick(this, options);
        _next = Checked(options.DueTime, nameof(options.DueTime));
        _period = Checked(options.Period, nameof(options.Period));
        // The values that travel with the present request are not those of the ticks.
        _timer = activation.Runtime.TimeProvider.CreateDetachedTimer(Fire);
    }

    /// <summary>Makes a timer and starts it.</summary>
    /// <typeparam name="TState">The type of the callback's argument.</typeparam>
    /// <param name="grain">The grain.</param>
    /// <param name="callback">What to call.</param>
    /// <param name="state">The callback's argument.</param>
    /// <param name="options">When, and how it mixes with requests.</param>
    public static IGrainTimer Register<TState>(
        IGrainBase grain,
        Func<TState, CancellationToken, Task> callback,
        TState state,
        GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(grain);
        ArgumentNullException.ThrowIfNull(callback);
        var activation = Activation.Of(grain);
        activation.ThrowIfNotCurrent();
        var timer = new GrainTimer<TState>(activation, callback, state, options);
        activation.Add(timer);
        timer.Start();
        return timer;
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        _next = Checked(dueTime, nameof(dueTime));
        _period = Checked(period, nameof(period));
        if (Volatile.Read(ref _isTicking) == 0) Start();
        else _isChanged = true;
    }

    public void Dispose()
    {
        if (_disposed.IsCancellationRequested) return;
        _timer.Dispose();
        _disposed.Cancel();
        _activation.Remove(this);
    }

    private protected abstract Task CallAsync(CancellationToken cancellationToken);

    private static TimeSpan Checked(TimeSpan value, string name)
    {
        if (value == Timeout.InfiniteTimeSpan) return value;
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, _longestWait, name);
        return value;
    }

    private void Start()
    {
        if (!_disposed.IsCancellationRequested) _timer.Change(_next, Timeout.InfiniteTimeSpan);
    }

    private void Fire()
    {
        if (_activation.Runtime.State != RuntimeState.Running) return;
        // While a tick waits or runs there is no second one. Its end starts the timer anew.
        if (Interlocked.Exchange(ref _isTicking, 1) == 1) return;
        _tick.SentAt = _activation.Runtime.TimeProvider.GetTimestamp();
        _activation.TryTake(_tick);
    }

    private async Task TickAsync()
    {
        if (_disposed.IsCancellationRequested) return;
        // A tick that waited while the timer was set anew is void.
        if (!_isChanged)
        {
            try
            {
                await CallAsync(_disposed.Token);
            }
            catch (Exception exception)
            {
                LogTickFailed(_activation.Runtime.ActivationLogger, exception, _activation);
            }
        }

        if (!_isChanged) _next = _period;
        _isChanged = false;
        Volatile.Write(ref _isTicking, 0);
        Start();
    }

    [LoggerMessage(8014, LogLevel.Warning, "A timer of {Activation} failed. It goes on.")]
    private static partial void LogTickFailed(ILogger logger, Exception exception, Activation activation);

    /// <summary>The request of a timer. It is used again and again.</summary>
    private sealed class Tick(GrainTimer timer, GrainTimerCreationOptions options)
        : Request(options.Interleave ? _interleaved : _exclusive)
    {
        private static readonly GrainMethod _interleaved = new(nameof(IGrainTimer), nameof(Tick), GrainMethodFlags.AlwaysInterleave);
        private static readonly GrainMethod _exclusive = new(nameof(IGrainTimer), nameof(Tick), GrainMethodFlags.None);

        internal override bool KeepsAlive { get; } = options.KeepAlive;

        internal override bool IsAnswered => false;

        // A timer ends with its activation.
        internal override bool MayBeHandedOn => false;

        internal override void Fail(Exception exception)
        {
        }

        private protected override Task Call(object grain) => timer.TickAsync();

        private protected override void Answer(Task completed)
        {
        }
    }
}

/// <summary>A timer whose callback takes an argument.</summary>
/// <typeparam name="TState">The type of the argument.</typeparam>
/// <param name="activation">The activation.</param>
/// <param name="callback">What to call.</param>
/// <param name="state">The argument.</param>
/// <param name="options">When, and how it mixes with requests.</param>
internal sealed class GrainTimer<TState>(
    Activation activation,
    Func<TState, CancellationToken, Task> callback,
    TState state,
    GrainTimerCreationOptions options) : GrainTimer(activation, options)
{
    private protected override Task CallAsync(CancellationToken cancellationToken) => callback(state, cancellationToken);
}
