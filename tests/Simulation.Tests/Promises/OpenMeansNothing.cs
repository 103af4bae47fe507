using DlqCluster.Breakers;
using DlqCluster.Simulation.Downstreams;
using DlqCluster.Simulation.Silos;
using DlqCluster.Simulation.Stores;
using DlqCluster.Simulation.Workload;

namespace DlqCluster.Simulation.Promises;

/// <summary>
/// Promise 5: while a breaker is open nothing is sent once the lease has run out, and half-open never more than the permitted probes are out,
/// over all silos. A breaker's state is what it stored last; and whoever sends must have been told less than a lease ago that it may.
/// </summary>
internal sealed class OpenMeansNothing(World world) : Promise(world)
{
    private readonly Dictionary<string, Sighting> _sightings = [];
    private readonly Dictionary<(string Target, VirtualSilo Silo), Leave> _leaves = [];
    private readonly List<Send> _probes = [];

    public override void OnStored(StoreCall call)
    {
        if (ReadBy(call) is { } read) read.OnRead(call.Silo, Now, isKnown: true);
        if (call is not { Operation: LinkedStates.Write, Arguments: [GrainId grain, BreakerRecord record] }) return;
        var sighting = SightingOf(grain);
        sighting.OnWritten(call.Silo);
        // What arrives of a silo that has died was never answered; who has taken over may learn of it only later.
        if (call.Silo.DiedAt is not null && record.EffectiveState == BreakerState.Open) return;
        sighting.MayBeClosed = false;
        if (record.EffectiveState != sighting.State) (sighting.State, sighting.Since) = (record.EffectiveState, Now);
    }

    public override void OnRefused(StoreCall call)
    {
        if (ReadBy(call) is { } read) read.OnRead(call.Silo, Now, isKnown: false);
        // A transition that cannot be stored is in force all the same: what probes have found out is not unlearnt.
        if (call is { Operation: LinkedStates.Write, Arguments: [GrainId grain, BreakerRecord { EffectiveState: BreakerState.Closed }] }) SightingOf(grain).MayBeClosed = true;
    }

    public override void OnAnswer(GrainCall call, VirtualSilo target, object? answer)
    {
        var (lease, permit) = answer switch
        {
            BreakerLease told => (told, null),
            ProbeAnswer told => (told.Lease, told.Permit),
            _ => default((BreakerLease? Lease, string? Permit)),
        };
        if (lease is null) return;
        var key = (call.Grain.Key.ToString()!, call.Caller!);
        if (!_leaves.TryGetValue(key, out var leave)) _leaves[key] = leave = new Leave();
        if (lease.State == BreakerState.Closed) (leave.MaySendAt, leave.IsOutOfDate) = (Now, IsOutOfDate(SightingOf(call.Grain), target));
        if (permit is not null) leave.Permits++;
    }

    public override void OnSend(MessageFile file, Send send)
    {
        var sighting = SightingOf(GrainId.Create("breaker", send.Target));
        var leave = _leaves.GetValueOrDefault((send.Target, send.Silo));
        var isLeased = leave?.MaySendAt >= Now - Setup.Lease;
        if (!isLeased && --(leave ??= new Leave()).Permits < 0) Broken($"{send} to {send.Target}, without a lease or a permit");
        if (sighting.MayBeClosed && isLeased) return;
        var wasHeldTwice = World.Directory.WasHeldTwice(sighting.Grain, sighting.Since - (Setup.Lease * 2), Now);
        if (sighting.State == BreakerState.Open && Now > sighting.Since + Setup.Lease && !wasHeldTwice)
            Broken($"{send} to {send.Target}, whose breaker is open since {sighting.Since.TotalMilliseconds}");
        if (sighting.State == BreakerState.HalfOpen && !(isLeased && leave!.IsOutOfDate)) OnProbe(send, sighting);
    }

    /// <summary>
    /// Whether a silo speaks for a breaker of which another, that held it too, has stored something since. When that one has gone, who stays
    /// learns of it when it next looks, and takes the breaker for closed until then.
    /// </summary>
    private bool IsOutOfDate(Sighting sighting, VirtualSilo holder) =>
        !sighting.IsKnownTo(holder) && sighting.LookedAt(holder) is { } lookedAt && Now - lookedAt <= Setup.BreakerRecheck + Setup.ResponseTimeout
        && World.Directory.WasHeldTwice(sighting.Grain, lookedAt, Now);

    private void OnProbe(Send send, Sighting sighting)
    {
        // A lease from before it opened may last into a half-open that a jump of the clock has brought early.
        if (World.WorstClockError > TimeSpan.Zero) return;
        _probes.RemoveAll(static probe => probe.EndedAt is not null);
        _probes.Add(send);
        var out_ = _probes.Count(probe => probe.Target == send.Target);
        var first = _probes.Find(probe => probe.Target == send.Target)!;
        if (out_ > World.Plan.Setup.Probes && !World.Directory.WasHeldTwice(sighting.Grain, first.StartedAt, Now))
            Broken($"{send} to {send.Target}: {out_} probes are out, of {World.Plan.Setup.Probes}");
    }

    private Sighting? ReadBy(StoreCall call) =>
        call is { Operation: LinkedStates.Read, Arguments: [GrainId grain] } && grain.Type.ToString() == "breaker" ? SightingOf(grain) : null;

    private Sighting SightingOf(GrainId grain)
    {
        var name = grain.Key.ToString()!;
        if (!_sightings.TryGetValue(name, out var sighting)) _sightings[name] = sighting = new Sighting(grain);
        return sighting;
    }

    private sealed class Sighting(GrainId grain)
    {
        private readonly Dictionary<VirtualSilo, TimeSpan> _lookedAt = [];
        private readonly HashSet<VirtualSilo> _knowing = [];

        public GrainId Grain { get; } = grain;

        public BreakerState State { get; set; }

        public TimeSpan Since { get; set; }

        /// <summary>Whether it may have closed since without that being stored.</summary>
        public bool MayBeClosed { get; set; }

        /// <summary>Whether a silo has read or written what is stored.</summary>
        public bool IsKnownTo(VirtualSilo silo) => _knowing.Contains(silo);

        /// <summary>When a silo last tried to read what is stored; null when it never did.</summary>
        public TimeSpan? LookedAt(VirtualSilo silo) => _lookedAt.TryGetValue(silo, out var at) ? at : null;

        public void OnRead(VirtualSilo silo, TimeSpan at, bool isKnown)
        {
            _lookedAt[silo] = at;
            if (isKnown) _knowing.Add(silo);
        }

        public void OnWritten(VirtualSilo silo)
        {
            _knowing.Clear();
            _knowing.Add(silo);
        }
    }

    /// <summary>What a silo was told.</summary>
    private sealed class Leave
    {
        public TimeSpan? MaySendAt { get; set; }

        /// <summary>Whether who told it did not know what was stored, and could not.</summary>
        public bool IsOutOfDate { get; set; }

        public int Permits { get; set; }
    }
}
