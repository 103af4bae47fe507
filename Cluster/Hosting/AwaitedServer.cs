using DlqCluster.Storage;
using Microsoft.Extensions.Hosting;

namespace DlqCluster.Cluster.Hosting;

/// <summary>A server that this process cannot work without: the host waits with its start, asking once a second, until it answers.</summary>
/// <param name="clock">The clock; null for the system's.</param>
public abstract class AwaitedServer(TimeProvider? clock) : IHostedLifecycleService
{
    private static readonly TimeSpan _retry = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Asks whether the server is there, and prepares what has to be.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="StorageUnavailableException">Not yet.</exception>
    private protected abstract Task AskAsync(CancellationToken cancellationToken);

    /// <summary>It is there.</summary>
    private protected abstract void OnThere();

    /// <summary>It is not there yet.</summary>
    /// <param name="reason">Why.</param>
    private protected abstract void OnWaiting(string reason);

    async Task IHostedLifecycleService.StartingAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await AskAsync(cancellationToken).ConfigureAwait(false);
                OnThere();
                return;
            }
            catch (StorageUnavailableException error)
            {
                OnWaiting(error.Message);
            }

            await Task.Delay(_retry, _clock, cancellationToken).ConfigureAwait(false);
        }
    }

    Task IHostedService.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedService.StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
