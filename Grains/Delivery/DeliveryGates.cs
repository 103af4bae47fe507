using System.Collections.Concurrent;
using DlqCluster.Downstreams;
using DlqCluster.Hosting;

namespace DlqCluster.Delivery;

/// <summary>This silo's gates, one for each downstream in use.</summary>
internal sealed class DeliveryGates : IDisposable
{
    private readonly ConcurrentDictionary<string, DeliveryGate> _gates = new(StringComparer.Ordinal);
    private readonly Lock _changing = new();
    private readonly IDownstreamDirectory _directory;
    private readonly GateDependencies _with;

    public DeliveryGates(IDownstreamDirectory directory, GateDependencies with)
    {
        _directory = directory;
        _with = with;
        _directory.Changed += OnCatalogChanged;
    }

    /// <summary>The gate of a downstream.</summary>
    public DeliveryGate Get(Downstream definition) =>
        _gates.TryGetValue(definition.Name, out var gate) ? gate : Add(definition);

    /// <summary>All gates, by name.</summary>
    public IEnumerable<(string Name, GateCounts Counts)> Counts() =>
        _gates.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value.Counts));

    /// <summary>How many messages for a downstream may sensibly be brought from the ledger now.</summary>
    /// <param name="target">Its name; one that does not exist takes any number, to be dead-lettered.</param>
    public int Room(string target) =>
        _directory.Current.Entries.TryGetValue(target, out var entry) ? Get(entry.Definition).Room : int.MaxValue;

    /// <summary>Whether at least one gate has room, or there is no gate yet.</summary>
    public bool AnyRoom() => _gates.IsEmpty || _gates.Any(pair => pair.Value.Room > 0);

    public void Dispose()
    {
        _directory.Changed -= OnCatalogChanged;
        foreach (var gate in _gates.Values) gate.Dispose();
    }

    private DeliveryGate Add(Downstream definition)
    {
        var gate = new DeliveryGate(definition, _directory.Current.IsPaused(definition.Name), _with);
        var kept = _gates.GetOrAdd(definition.Name, gate);
        if (!ReferenceEquals(kept, gate)) gate.Dispose();
        // The catalogue may have changed while it was made.
        OnCatalogChanged();
        return kept;
    }

    private void OnCatalogChanged()
    {
        // One at a time, each with the newest: an older catalogue must not have the last word.
        lock (_changing)
        {
            var catalog = _directory.Current;
            foreach (var (name, gate) in _gates.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                if (catalog.Entries.TryGetValue(name, out var entry)) gate.Update(entry.Definition, catalog.IsPaused(name));
        }
    }
}
