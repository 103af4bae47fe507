using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DlqCluster.Cluster.Hosting;

/// <summary>
/// Ends a process whose stop does not come to its end: without Redis a silo tries for ever to take its leave. What is durable stays so, and the
/// others take over what it had, as after a crash.
/// </summary>
/// <param name="host">How long a stop may take.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class StopLimit(IOptions<HostOptions> host, TimeProvider time, ILogger<StopLimit> logger) : IHostedLifecycleService, IDisposable
{
    private const int CutShort = 1;

    // The host's own limit comes first: parts that heed it stop in order.
    private static readonly TimeSpan _more = TimeSpan.FromSeconds(3);

    private ITimer? _timer;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _timer = time.CreateTimer(static limit => ((StopLimit)limit!).Exit(), this, host.Value.ShutdownTimeout + _more, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void Exit()
    {
        LogCutShort(host.Value.ShutdownTimeout.TotalSeconds);
        Environment.Exit(CutShort);
    }

    [LoggerMessage(7002, LogLevel.Critical, "The stop took longer than {Limit} s and is cut short. Nothing that was acknowledged is lost")]
    private partial void LogCutShort(double limit);
}
