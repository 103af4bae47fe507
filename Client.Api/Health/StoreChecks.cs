using DlqCluster.Api.Json;
using DlqCluster.Storage;

namespace DlqCluster.Api.Health;

/// <summary>Asks the stores how they are, at most once a second however many ask.</summary>
/// <param name="stores">The stores.</param>
/// <param name="time">The clock.</param>
internal sealed class StoreChecks(IEnumerable<IStoreHealth> stores, TimeProvider time)
{
    private static readonly TimeSpan _fresh = TimeSpan.FromSeconds(1);

    // A store that hangs is as bad as one that fails.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly IStoreHealth[] _stores = [.. stores];
    private readonly Lock _lock = new();
    private Task<StoreHealth[]>? _checking;
    private long _startedAt;

    /// <summary>How the stores are.</summary>
    public Task<StoreHealth[]> CheckAsync()
    {
        lock (_lock)
        {
            if (_checking is null || (_checking.IsCompleted && time.GetElapsedTime(_startedAt) > _fresh))
            {
                _startedAt = time.GetTimestamp();
                _checking = Task.WhenAll(_stores.Select(CheckAsync));
            }

            return _checking;
        }
    }

    private async Task<StoreHealth> CheckAsync(IStoreHealth store)
    {
        using var patience = new CancellationTokenSource(_patience, time);
        try
        {
            // A store may also ignore the token.
            var trouble = await store.CheckAsync(patience.Token).WaitAsync(_patience, time);
            if (trouble is null) return new StoreHealth(store.Name, HealthStatus.Healthy, store.Durability);
            return Sick(store, trouble);
        }
        catch (Exception error) when (error is OperationCanceledException or TimeoutException)
        {
            return Sick(store, $"It did not answer within {_patience.TotalSeconds:0} seconds.");
        }
        catch (Exception error)
        {
            return Sick(store, error.Message);
        }
    }

    private static StoreHealth Sick(IStoreHealth store, string trouble) =>
        new(store.Name, store.IsVital ? HealthStatus.Unhealthy : HealthStatus.Degraded, trouble);
}

/// <summary>The words that health answers use.</summary>
internal static class HealthStatus
{
    /// <summary>All is well.</summary>
    public const string Healthy = "healthy";

    /// <summary>It is shutting down.</summary>
    public const string Draining = "draining";

    /// <summary>Something is missing, and the service goes on without it.</summary>
    public const string Degraded = "degraded";

    /// <summary>Something is wrong.</summary>
    public const string Unhealthy = "unhealthy";
}
