using DlqCluster.Downstreams;
using Microsoft.Extensions.Options;

namespace DlqCluster.Hosting;

/// <summary>Keeps this silo's copy of the downstream catalogue fresh.</summary>
internal sealed class DownstreamDirectory : IDownstreamDirectory, IDisposable
{
    private const string Refreshing = "Refreshing the downstream catalogue";
    private const string Opening = "Opening the secrets of downstreams";

    private readonly IGrainFactory _grains;
    private readonly IBackgroundRunner _background;
    private readonly TroubleLog _troubles;
    private readonly DownstreamSecrets _secrets;
    private readonly TimeSpan _interval;
    private readonly bool _sends;
    private readonly bool _holds;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private DownstreamCatalog _current;
    private int _refreshing;

    public DownstreamDirectory(
        IGrainFactory grains, TimeProvider time, IBackgroundRunner background, IOptions<DeliveryOptions> options, TroubleLog troubles, DownstreamSecrets secrets)
    {
        _grains = grains;
        _background = background;
        _troubles = troubles;
        _secrets = secrets;
        (_interval, _sends, _holds) = (TimeSpan.FromMilliseconds(options.Value.CatalogRefreshMs), options.Value.Enabled, options.Value.HoldUnreadable);
        _current = new DownstreamCatalog(-1, AllPaused: !_sends, new Dictionary<string, DownstreamEntry>());
        _timer = time.CreateTimer(static directory => ((DownstreamDirectory)directory!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public event Action? Changed;

    public DownstreamCatalog Current => _current;

    /// <summary>Begins to refresh by itself.</summary>
    public void Start() => _timer.Change(_interval, _interval);

    /// <summary>Ends that: who stops has nobody to ask.</summary>
    public void Stop() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public async Task<DownstreamCatalog> RefreshAsync()
    {
        var newer = await _grains.GetGrain<IDownstreamCatalogGrain>(0).GetIfNewer(_current.Version);
        if (newer is null) return _current;
        newer = Open(newer);
        lock (_lock)
        {
            // Two refreshes may overtake each other.
            if (newer.Version <= _current.Version) return _current;
            _current = newer;
        }

        Changed?.Invoke();
        return newer;
    }

    public void Dispose() => _timer.Dispose();

    private DownstreamCatalog Open(DownstreamCatalog catalog)
    {
        var entries = catalog.Entries.ToDictionary(static entry => entry.Key, entry => Open(entry.Value), StringComparer.Ordinal);
        var locked = string.Join(", ", entries.Where(static entry => entry.Value.IsLocked).Select(static entry => entry.Key).Order(StringComparer.Ordinal));
        if (locked.Length == 0) _troubles.Over(Opening);
        else _troubles.Met(Opening, new InvalidConfigurationException($"The key ring does not open them, so nothing is sent to {locked}. Bring it back, or define them anew."));
        return catalog with { AllPaused = catalog.AllPaused || !_sends, Entries = entries };
    }

    private DownstreamEntry Open(DownstreamEntry entry) => _holds ? _secrets.OpenOrLock(entry) : entry with { Definition = _secrets.Open(entry.Definition) };

    private void OnTimer()
    {
        if (Interlocked.Exchange(ref _refreshing, 1) == 0) _background.Run(RefreshQuietlyAsync);
    }

    private async Task RefreshQuietlyAsync()
    {
        try
        {
            await RefreshAsync();
            _troubles.Over(Refreshing);
        }
        catch (Exception exception)
        {
            // The last known one stays in use.
            _troubles.Met(Refreshing, exception);
        }
        finally
        {
            Volatile.Write(ref _refreshing, 0);
        }
    }
}
