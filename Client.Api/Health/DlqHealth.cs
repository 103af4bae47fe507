using System.Globalization;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Storage;

namespace DlqCluster.Api.Health;

/// <summary>
/// Says when a partition of the dead-letter queue has more pending letters than <c>Dlq:MaxSize</c>. Nothing is refused for it: a message that
/// cannot be delivered must go somewhere. Somebody has to look.
/// </summary>
/// <param name="letters">The letters.</param>
/// <param name="options">The limit.</param>
/// <param name="time">The clock.</param>
internal sealed class DlqHealth(IDeadLetterStore letters, IOptions<DlqOptions> options, TimeProvider time) : IStoreHealth
{
    // Counting may cost a store more than a health check should.
    private static readonly TimeSpan _fresh = TimeSpan.FromSeconds(5);

    private string? _trouble;
    private long? _checkedAt;

    /// <inheritdoc/>
    public string Name => "dlq";

    /// <inheritdoc/>
    public bool IsVital => false;

    /// <inheritdoc/>
    public async Task<string?> CheckAsync(CancellationToken cancellationToken = default)
    {
        if (_checkedAt is { } at && time.GetElapsedTime(at) < _fresh) return _trouble;
        try
        {
            _trouble = Judge(await letters.PendingByPartitionAsync(), options.Value.MaxSize);
            _checkedAt = time.GetTimestamp();
            return _trouble;
        }
        catch (StorageUnavailableException)
        {
            // The store says so itself, and better.
            return null;
        }
    }

    /// <summary>What is wrong, and what to do; null when nothing is.</summary>
    /// <param name="pending">Pending letters by partition.</param>
    /// <param name="maxSize">How many a partition may have.</param>
    internal static string? Judge(IReadOnlyDictionary<int, long> pending, long maxSize)
    {
        var full = pending.Where(partition => partition.Value > maxSize).OrderByDescending(partition => partition.Value).ToArray();
        if (full.Length == 0) return null;
        var numbers = string.Create(
            CultureInfo.InvariantCulture,
            $"{full.Length} of the dead-letter queue's partitions have more pending letters than Dlq:MaxSize ({maxSize}); the largest, {full[0].Key}, has {full[0].Value}.");
        return numbers + " Nothing is refused. See what fails at GET /api/dlq/groups, mend it, and replay or discard.";
    }
}
