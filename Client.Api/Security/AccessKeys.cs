using System.Collections.Concurrent;
using System.Collections.Frozen;
using DlqCluster.Hosting;
using DlqCluster.Security;
using Microsoft.Extensions.Hosting;

namespace DlqCluster.Api.Security;

/// <summary>This process's copy of the API keys. It is refreshed all the time, so that a key that is revoked anywhere is soon refused here.</summary>
internal sealed partial class AccessKeys : IHostedService, IDisposable
{
    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;
    private readonly ILogger<AccessKeys> _logger;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _usedInterval;
    private readonly ConcurrentDictionary<string, byte> _used = new(StringComparer.Ordinal);
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private Copy _copy = new(-1, FrozenDictionary<string, KnownKey>.Empty);
    private int _refreshing;
    private bool _failing;

    /// <summary>Makes it; it is empty until it is started.</summary>
    /// <param name="grains">The grains.</param>
    /// <param name="options">How often it is refreshed.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where it is said that it cannot be refreshed.</param>
    public AccessKeys(IGrainFactory grains, IOptions<SecurityOptions> options, TimeProvider time, ILogger<AccessKeys> logger)
    {
        (_grains, _time, _logger) = (grains, time, logger);
        _interval = TimeSpan.FromMilliseconds(options.Value.KeyRefreshMs);
        _usedInterval = TimeSpan.FromMilliseconds(options.Value.LastUsedIntervalMs);
        _timer = time.CreateTimer(static keys => ((AccessKeys)keys!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The keys, by the time they were made.</summary>
    public IReadOnlyList<AccessKey> All => [.. Volatile.Read(ref _copy).Keys.Values.Select(static known => known.Key).OrderBy(static key => key.CreatedAt).ThenBy(static key => key.Id, StringComparer.Ordinal)];

    /// <summary>Finds a key.</summary>
    /// <param name="id">Its id.</param>
    public KnownKey? Find(string id) => Volatile.Read(ref _copy).Keys.GetValueOrDefault(id);

    /// <summary>Notes that a key was used.</summary>
    /// <param name="id">Its id; one that is known.</param>
    public void Used(string id)
    {
        // Seldom enough to cost nothing: most uses find that the last one is not long ago.
        if (!(Find(id)?.Key.LastUsedAt > _time.GetUtcNow() - _usedInterval)) _used.TryAdd(id, 0);
    }

    /// <summary>Fetches the keys now. Call it after a change.</summary>
    public async Task RefreshAsync()
    {
        var newer = await _grains.GetGrain<IAccessKeysGrain>(0).GetIfNewer(Volatile.Read(ref _copy).Version);
        if (newer is null) return;
        var keys = newer.Keys.ToFrozenDictionary(static key => key.Id, static key => new KnownKey(key, Convert.FromBase64String(key.Hash)), StringComparer.Ordinal);
        lock (_gate)
        {
            // Two refreshes may overtake each other.
            if (newer.Version > _copy.Version) Volatile.Write(ref _copy, new Copy(newer.Version, keys));
        }
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await StartupCalls.MakeAsync(RefreshAsync, _time, cancellationToken);
        _timer.Change(_interval, _interval);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void OnTimer()
    {
        if (Interlocked.Exchange(ref _refreshing, 1) == 0) _ = RefreshQuietlyAsync();
    }

    private async Task RefreshQuietlyAsync()
    {
        try
        {
            await Task.Yield();
            await TouchAsync();
            await RefreshAsync();
            if (_failing) LogWorks();
            _failing = false;
        }
        catch (Exception error)
        {
            // The last known ones stay in use: a store that is away must not lock everybody out.
            if (!_failing) LogFailing(error);
            _failing = true;
        }
        finally
        {
            Volatile.Write(ref _refreshing, 0);
        }
    }

    private async Task TouchAsync()
    {
        if (_used.IsEmpty) return;
        var ids = _used.Keys.ToArray();
        await _grains.GetGrain<IAccessKeysGrain>(0).Touch(ids, _time.GetUtcNow());
        foreach (var id in ids) _used.TryRemove(id, out _);
    }

    [LoggerMessage(1011, LogLevel.Warning, "The API keys cannot be refreshed; those that were known last stay valid until it works again")]
    private partial void LogFailing(Exception error);

    [LoggerMessage(1012, LogLevel.Information, "The API keys are refreshed again")]
    private partial void LogWorks();

    private sealed record Copy(long Version, FrozenDictionary<string, KnownKey> Keys);
}

/// <summary>A key as it is compared.</summary>
/// <param name="Key">The key.</param>
/// <param name="Hash">Its hash.</param>
internal sealed record KnownKey(AccessKey Key, byte[] Hash);
