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

    /// <summary>What is just being accepted.</summary>
    public AcceptLoad Accepts => _with.Accepts;

    /// <summary>Whether so many wait at the gate of a downstream that another one had better wait in the ledger.</summary>
    /// <param name="target">Its name.</param>
    public bool IsCrowded(string target) => _gates.TryGetValue(target, out var gate) && gate.IsCrowded;

    /// <summary>How many messages for any downstream may be brought from the ledger now: while there is no gate yet, as many as for one.</summary>
    /// <param name="enough">With so much room no more gates are asked.</param>
    public int RoomInAll(int enough)
    {
        if (_gates.IsEmpty) return Math.Min(enough, DeliveryGate.ComfortableFor(_with.Options.Value));
        var room = 0;
        foreach (var (_, gate) in _gates)
        {
            room += Math.Min(enough - room, gate.Room);
            if (room >= enough) break;
        }

        return room;
    }

    /// <summary>Whether the gate of a downstream, or without one any gate, lets messages out, so that there will be room.</summary>
    /// <param name="target">The downstream's name.</param>
    public bool LetsOut(string? target) =>
        target is null ? _gates.Any(static pair => !pair.Value.Counts.Blocked) : _gates.TryGetValue(target, out var gate) && !gate.Counts.Blocked;

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
