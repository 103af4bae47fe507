using DlqCluster.Messages;
using DlqCluster.Simulation.Time;
using DlqCluster.Simulation.Workload;

namespace DlqCluster.Simulation.Silos;

/// <summary>
/// Knows which silo holds which grain, as a cluster's directory does, with a cluster's flaws: a grain that two silos hold for a while, and
/// callers that still know the old one. Remembers when that was so.
/// </summary>
/// <param name="world">The world.</param>
/// <param name="chance">Decides on placements.</param>
internal sealed class VirtualDirectory(World world, Chance chance)
{
    /// <summary>How often a caller still goes to the old place while a grain is in two.</summary>
    private const double StaleCaller = 0.4;

    /// <summary>How many grains count as new.</summary>
    private const int Newest = 6;

    private readonly Dictionary<GrainId, Entry> _entries = [];
    private readonly List<GrainId> _order = [];
    private readonly Dictionary<GrainId, List<Overlap>> _overlaps = [];

    /// <summary>The silo that a call goes to.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="contract">The interface that is called.</param>
    /// <param name="caller">The silo that calls, or that a client is connected to.</param>
    /// <returns>Null when there is no silo.</returns>
    public VirtualSilo? Find(GrainId grain, Type contract, VirtualSilo caller)
    {
        // Whoever is cut off believes itself to be the whole cluster.
        if (caller.CutOffAt is not null) return caller;
        if (_entries.TryGetValue(grain, out var entry) && entry.Silo.IsMember)
            return entry.Old is { IsMember: true } old && chance.Happens(StaleCaller) ? old : entry.Silo;
        var silo = contract == typeof(IMessageGrain) && caller.IsMember ? caller : AnyMember(null);
        if (silo is null) return null;
        if (entry is not null) (entry.Silo, entry.Old) = (silo, null);
        else
        {
            _entries[grain] = new Entry(silo);
            _order.Add(grain);
        }

        return silo;
    }

    /// <summary>Whether a silo may hold a grain, as far as the directory knows.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="grain">The grain.</param>
    public bool Holds(VirtualSilo silo, GrainId grain) =>
        silo.CutOffAt is not null || (_entries.TryGetValue(grain, out var entry) && (entry.Silo == silo || entry.Old == silo));

    /// <summary>A member, by chance.</summary>
    /// <param name="butNot">Not this one.</param>
    public VirtualSilo? AnyMember(VirtualSilo? butNot)
    {
        var members = world.Silos.Where(silo => silo.IsMember && silo != butNot).ToArray();
        return members.Length == 0 ? null : chance.Pick(members);
    }

    /// <summary>Forgets where a grain is, while it goes on there for some time.</summary>
    /// <param name="draw">Picks the grain among those that are known.</param>
    /// <param name="span">How long it goes on.</param>
    public void Flaw(ulong draw, TimeSpan span)
    {
        if (_order.Count == 0) return;
        // Half of the time one that is new, for most of the others have nothing more to do.
        var among = draw % 2 == 0 ? Math.Min(_order.Count, Newest) : _order.Count;
        Flaw(_order[^(1 + (int)(draw / 2 % (ulong)among))], span);
    }

    /// <inheritdoc cref="Flaw(ulong, TimeSpan)"/>
    /// <param name="grain">The grain; nothing happens to one that is nowhere.</param>
    /// <param name="span">How long it goes on.</param>
    public void Flaw(GrainId grain, TimeSpan span)
    {
        if (!_entries.TryGetValue(grain, out var entry)) return;
        if (!entry.Silo.IsMember || entry.Old is not null || AnyMember(entry.Silo) is not { } other) return;
        world.Trace.Add($"{grain} moves from {entry.Silo.Name} to {other.Name}, and stays");
        var overlap = new Overlap(world.Time.Elapsed);
        if (_overlaps.TryGetValue(grain, out var overlaps)) overlaps.Add(overlap);
        else _overlaps[grain] = [overlap];
        var old = entry.Silo;
        (entry.Old, entry.Silo) = (old, other);
        world.Process.After(span, () => _ = EndAsync(grain, entry, old, overlap));
    }

    /// <summary>Whether a grain may have been held twice at some moment of a time.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="from">The beginning, on the world's clock.</param>
    /// <param name="to">The end.</param>
    public bool WasHeldTwice(GrainId grain, TimeSpan from, TimeSpan to) =>
        world.Lives.Exists(silo => silo.CutOffAt <= to && (silo.DiedAt is null || silo.DiedAt >= from))
        || (_overlaps.TryGetValue(grain, out var overlaps) && overlaps.Exists(overlap => overlap.From <= to && (overlap.To is null || overlap.To >= from)));

    private async Task EndAsync(GrainId grain, Entry entry, VirtualSilo old, Overlap overlap)
    {
        if (entry.Old == old) entry.Old = null;
        while (old.DiedAt is null && old.Runtime.Catalog.Snapshot().Find(activation => activation.GrainId.Equals(grain)) is { } activation)
        {
            // It may come back once: a reminder, or a call that was on its way.
            if (entry.Silo == old) break;
            activation.Deactivate(new DeactivationReason(DeactivationReasonCode.DuplicateActivation, "It is elsewhere too."));
            await Task.WhenAny(activation.Deactivated, world.Process.Delay(Setup.ResponseTimeout));
        }

        overlap.To = world.Time.Elapsed;
        world.Trace.Add($"{grain} has left {old.Name}");
    }

    private sealed class Entry(VirtualSilo silo)
    {
        public VirtualSilo Silo { get; set; } = silo;

        public VirtualSilo? Old { get; set; }
    }

    private sealed class Overlap(TimeSpan from)
    {
        public TimeSpan From { get; } = from;

        public TimeSpan? To { get; set; }
    }
}
