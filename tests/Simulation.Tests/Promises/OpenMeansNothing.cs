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
        if (call is not { Operation: LinkedStates.Write, Arguments: [GrainId grain, BreakerRecord record] }) return;
        // What arrives of a silo that has died was never answered; who has taken over may learn of it only later.
        if (call.Silo.DiedAt is not null && record.EffectiveState == BreakerState.Open) return;
        var sighting = SightingOf(grain);
        sighting.MayBeClosed = false;
        if (record.EffectiveState != sighting.State) (sighting.State, sighting.Since) = (record.EffectiveState, Now);
    }

    public override void OnRefused(StoreCall call)
    {
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
        if (lease.State == BreakerState.Closed) leave.MaySendAt = Now;
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
        if (sighting.State == BreakerState.HalfOpen) OnProbe(send, sighting);
    }

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

    private Sighting SightingOf(GrainId grain)
    {
        var name = grain.Key.ToString()!;
        if (!_sightings.TryGetValue(name, out var sighting)) _sightings[name] = sighting = new Sighting(grain);
        return sighting;
    }

    private sealed class Sighting(GrainId grain)
    {
        public GrainId Grain { get; } = grain;

        public BreakerState State { get; set; }

        public TimeSpan Since { get; set; }

        /// <summary>Whether it may have closed since without that being stored.</summary>
        public bool MayBeClosed { get; set; }
    }

    /// <summary>What a silo was told.</summary>
    private sealed class Leave
    {
        public TimeSpan? MaySendAt { get; set; }

        public int Permits { get; set; }
    }
}
