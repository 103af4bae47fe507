using DlqCluster.Hosting;
using Microsoft.Extensions.Options;

namespace DlqCluster.Silo;

/// <summary>
/// Begins the shutdown while everything still runs: readiness turns false and submits are refused over HTTP for as long as attempts that
/// are on their way come home. Only then do the parts stop.
/// </summary>
/// <param name="drain">Tells the others.</param>
/// <param name="queue">Knows what is on its way.</param>
/// <param name="delivery">How long to wait.</param>
/// <param name="time">The clock.</param>
/// <param name="phase">Is told when the start begins.</param>
internal sealed class DrainService(DrainState drain, IQueueStatus queue, IOptions<DeliveryOptions> delivery, TimeProvider time, StartupPhase phase)
    : IHostedLifecycleService
{
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        drain.Begin();
        var grace = TimeSpan.FromMilliseconds(delivery.Value.ShutdownGraceMs);
        var since = time.GetTimestamp();
        while (queue.Current.Active > 0 && time.GetElapsedTime(since) < grace && !cancellationToken.IsCancellationRequested)
            await Task.Delay(_poll, time, CancellationToken.None);
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        phase.Begin();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
