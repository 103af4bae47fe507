using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DlqCluster.Cluster.Hosting;

/// <summary>
/// Keeps Orleans from reporting errors that are none: while the only silo stops, whoever asks for a grain (the dashboard, a timer) finds no
/// silo any more.
/// </summary>
internal sealed class QuietStop : IHostedLifecycleService
{
    private volatile bool _isStopping;

    /// <summary>Who would report them.</summary>
    public const string Category = "Orleans.Messaging";

    /// <summary>Whether it may report now.</summary>
    /// <param name="level">At this level.</param>
    public bool MayLog(LogLevel level) => level >= (_isStopping ? LogLevel.Critical : LogLevel.Warning);

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
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
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
