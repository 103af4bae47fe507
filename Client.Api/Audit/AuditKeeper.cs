using DlqCluster.Audit;
using DlqCluster.Hosting;
using Microsoft.Extensions.Hosting;

namespace DlqCluster.Api.Audit;

/// <summary>Removes what is too old from the audit log, now and then. Any number of processes may do it at the same time.</summary>
/// <param name="log">The log.</param>
/// <param name="options">How long entries are kept.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log for people.</param>
internal sealed partial class AuditKeeper(IAuditLog log, IOptions<AuditOptions> options, TimeProvider time, ILogger<AuditKeeper> logger) : BackgroundService
{
    /// <summary>Removes what is too old, in batches.</summary>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <returns>How many entries were removed.</returns>
    internal async Task<long> PurgeAsync(CancellationToken cancellationToken)
    {
        var limits = options.Value;
        var total = 0L;
        while (!cancellationToken.IsCancellationRequested)
        {
            var removed = await log.PurgeAsync(time.GetUtcNow() - limits.Retention, limits.MaxEntries, limits.PurgeBatch);
            total += removed;
            if (removed < limits.PurgeBatch) break;
        }

        return total;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.PurgeInterval, time);
        while (await NextAsync(timer, stoppingToken))
        {
            try
            {
                var removed = await PurgeAsync(stoppingToken);
                if (removed > 0) LogPurged(removed);
            }
            catch (Exception error)
            {
                LogPurgeFailed(error);
            }
        }
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(1001, LogLevel.Information, "Removed {Count} old entries from the audit log")]
    private partial void LogPurged(long count);

    [LoggerMessage(1002, LogLevel.Warning, "Old entries of the audit log could not be removed; it is tried again at the next interval")]
    private partial void LogPurgeFailed(Exception error);
}
