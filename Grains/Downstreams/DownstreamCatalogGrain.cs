using DlqCluster.Hosting;
using Microsoft.Extensions.Options;

namespace DlqCluster.Downstreams;

/// <summary>What the catalogue grain stores.</summary>
[GenerateSerializer, Immutable, Alias("dlq.CatalogRecord")]
public sealed record CatalogRecord
{
    /// <summary>Definitions made over the API, by name.</summary>
    [Id(0)] public IReadOnlyDictionary<string, Downstream> Defined { get; init; } = new Dictionary<string, Downstream>();

    /// <summary>Names of paused downstreams.</summary>
    [Id(1)] public IReadOnlyList<string> Paused { get; init; } = [];

    /// <summary>Whether all are paused.</summary>
    [Id(2)] public bool AllPaused { get; init; }

    /// <summary>Grows with every change.</summary>
    [Id(3)] public long Version { get; init; }
}

/// <summary>Keeps the downstreams that were defined over the API beside those in configuration, and what is paused.</summary>
[GrainType("downstreams")]
internal sealed class DownstreamCatalogGrain(
    [PersistentState("downstreams", DlqGrains.DownstreamStorage)] IPersistentState<CatalogRecord> stored,
    ConfiguredDownstreams configured,
    DownstreamSecrets secrets,
    IOptions<DeliveryOptions> options,
    TimeProvider time) : Grain, IDownstreamCatalogGrain
{
    private readonly Recheck _recheck = new(time);

    public async Task<DownstreamCatalog?> GetIfNewer(long knownVersion)
    {
        if (_recheck.IsDue()) await stored.ReadStateAsync();
        return stored.State.Version == knownVersion ? null : Build();
    }

    public async Task<CatalogChange> Put(Downstream downstream)
    {
        var record = stored.State;
        var exists = record.Defined.ContainsKey(downstream.Name) || configured.All.ContainsKey(downstream.Name);
        if (!exists && record.Defined.Count + configured.All.Count >= options.Value.MaxDownstreams) return CatalogChange.Full;
        var defined = new Dictionary<string, Downstream>(record.Defined) { [downstream.Name] = secrets.Seal(downstream) };
        await StoreAsync(record with { Defined = defined });
        return exists ? CatalogChange.Done : CatalogChange.Created;
    }

    public async Task<CatalogChange> Delete(string name)
    {
        var record = stored.State;
        if (!record.Defined.ContainsKey(name))
            return configured.All.ContainsKey(name) ? CatalogChange.FromConfiguration : CatalogChange.NotFound;
        var defined = new Dictionary<string, Downstream>(record.Defined);
        defined.Remove(name);
        var paused = configured.All.ContainsKey(name) ? record.Paused : record.Paused.Where(other => other != name).ToArray();
        await StoreAsync(record with { Defined = defined, Paused = paused });
        return CatalogChange.Done;
    }

    public async Task<CatalogChange> SetPaused(string? name, bool paused)
    {
        var record = stored.State;
        if (name is null)
        {
            await StoreAsync(record with { AllPaused = paused });
            return CatalogChange.Done;
        }

        if (!record.Defined.ContainsKey(name) && !configured.All.ContainsKey(name)) return CatalogChange.NotFound;
        var others = record.Paused.Where(other => other != name);
        await StoreAsync(record with { Paused = (paused ? others.Append(name) : others).ToArray() });
        return CatalogChange.Done;
    }

    private async Task StoreAsync(CatalogRecord next)
    {
        var previous = stored.State;
        try
        {
            stored.State = next with { Version = previous.Version + 1 };
            await stored.WriteStateAsync();
        }
        catch
        {
            // Whether it was stored is not known: the next call begins from what is.
            stored.State = previous;
            DeactivateOnIdle();
            throw;
        }
    }

    private DownstreamCatalog Build()
    {
        var record = stored.State;
        var entries = new Dictionary<string, DownstreamEntry>(StringComparer.Ordinal);
        foreach (var (name, definition) in configured.All)
            entries[name] = new DownstreamEntry(secrets.Seal(definition), record.Paused.Contains(name), FromConfiguration: true);
        foreach (var (name, definition) in record.Defined)
            entries[name] = new DownstreamEntry(definition, record.Paused.Contains(name), FromConfiguration: false);
        return new DownstreamCatalog(record.Version, record.AllPaused, entries);
    }
}
