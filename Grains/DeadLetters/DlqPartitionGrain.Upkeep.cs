using Microsoft.Extensions.Logging;

namespace DlqCluster.DeadLetters;

/// <summary>
/// Removes letters that have been closed for long enough. Only resolved and failed ones are ever removed: one whose replay is under way is
/// neither, and this partition, the only writer, does one thing at a time.
/// </summary>
internal sealed partial class DlqPartitionGrain
{
    private async Task PurgeAsync()
    {
        var now = time.GetUtcNow();
        var removed = await store.PurgeAsync(_partition, now - _options.ResolvedRetention, now - _options.FailedRetention, _options.PurgeBatch);
        if (removed > 0) LogPurged(_partition, removed);
    }

    [LoggerMessage(4008, LogLevel.Information, "Dead-letter partition {Partition}: {Count} letters were closed long enough ago and are removed")]
    private partial void LogPurged(int partition, int count);
}
