using DlqCluster.Cluster.Hosting;
using DlqCluster.Storage;
using Microsoft.Extensions.Options;

namespace DlqCluster.Cluster.Membership;

/// <summary>Whether all silos are there. With fewer the service goes on; without any it cannot.</summary>
/// <param name="census">The silos.</param>
/// <param name="settings">How many there should be.</param>
internal sealed class SilosHealth(ISiloCensus census, IOptions<ClusterSettings> settings) : IStoreHealth
{
    private volatile bool _isVital;

    /// <inheritdoc/>
    public string Name => "silos";

    /// <inheritdoc/>
    public bool IsVital => _isVital;

    /// <inheritdoc/>
    public async Task<string?> CheckAsync(CancellationToken cancellationToken = default)
    {
        _isVital = true;
        var silos = await census.CountAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        var expected = settings.Value.ExpectedSilos;
        _isVital = silos.Active.Count == 0;
        if (_isVital) return "No silo is active: start one, and see that Cluster:ClusterId is the same here and there.";
        if (silos.Active.Count >= expected) return null;
        var gone = silos.Gone.Count == 0 ? "" : $" Gone since: {string.Join(", ", silos.Gone)}.";
        return $"{silos.Active.Count} of {expected} silos (Cluster:ExpectedSilos) are active.{gone} The others do their work meanwhile.";
    }
}

/// <summary>The silos at one moment.</summary>
/// <param name="Active">Where silos are that do their work.</param>
/// <param name="Gone">Where the newest silo has died or left.</param>
internal sealed record SiloCount(IReadOnlyCollection<string> Active, IReadOnlyCollection<string> Gone)
{
    /// <summary>From the list of silos, past and present.</summary>
    public static SiloCount Of(IEnumerable<KeyValuePair<SiloAddress, SiloStatus>> silos)
    {
        // A silo that starts again where one was is a new one.
        var newest = silos.GroupBy(static silo => silo.Key.Endpoint).Select(static place => place.MaxBy(static silo => silo.Key.Generation)).ToArray();
        return new SiloCount(
            [.. newest.Where(static silo => silo.Value == SiloStatus.Active).Select(static silo => silo.Key.Endpoint.ToString())],
            [.. newest.Where(static silo => HasGone(silo.Value)).Select(static silo => silo.Key.Endpoint.ToString())]);
    }

    private static bool HasGone(SiloStatus status) => status is SiloStatus.Dead or SiloStatus.Stopping or SiloStatus.ShuttingDown;
}

/// <summary>Knows the silos.</summary>
internal interface ISiloCensus
{
    /// <summary>The silos now.</summary>
    Task<SiloCount> CountAsync();
}

/// <summary>As a silo knows them: without a call.</summary>
/// <param name="membership">The silos.</param>
internal sealed class SiloCensus(IClusterMembershipService membership) : ISiloCensus
{
    /// <inheritdoc/>
    public Task<SiloCount> CountAsync() => Task.FromResult(SiloCount.Of(
        membership.CurrentSnapshot.Members.Values.Select(static member => KeyValuePair.Create(member.SiloAddress, member.Status))));
}

/// <summary>As a client is told by one of them. What it was told last holds while the list of silos cannot be read.</summary>
/// <param name="grains">The grains.</param>
internal sealed class ClientCensus(IGrainFactory grains) : ISiloCensus
{
    private volatile SiloCount? _last;

    /// <inheritdoc/>
    public async Task<SiloCount> CountAsync()
    {
        try
        {
            return _last = SiloCount.Of(await grains.GetGrain<IManagementGrain>(0).GetHosts().ConfigureAwait(false));
        }
        catch (SiloUnavailableException)
        {
            return new SiloCount([], _last?.Active ?? []);
        }
        catch (Exception) when (_last is not null)
        {
            // A silo answered, and could not read the list: its store has trouble, and says so itself.
            return _last;
        }
    }
}
