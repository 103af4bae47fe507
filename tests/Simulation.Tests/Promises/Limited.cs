using DlqCluster.Simulation.Downstreams;
using DlqCluster.Simulation.Stores;

namespace DlqCluster.Simulation.Promises;

/// <summary>Promise 10: what has a limit keeps it: attempts on their way, attempts a second, and what is taken from a store at once.</summary>
internal sealed class Limited(World world) : Promise(world)
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly List<Send> _recent = [];

    public override void OnSend(MessageFile file, Send send)
    {
        var setup = World.Plan.Setup;
        _recent.RemoveAll(recent => recent.EndedAt is not null && recent.StartedAt < Now - _second);
        _recent.Add(send);
        int onTheWay = 0, withinASecond = 0;
        foreach (var recent in _recent)
        {
            if (recent.Silo != send.Silo || recent.Target != send.Target) continue;
            if (recent.EndedAt is null) onTheWay++;
            if (recent.StartedAt > Now - _second) withinASecond++;
        }

        if (onTheWay > setup.MaxConcurrency) Broken($"{send}: {onTheWay} are on their way from there, of {setup.MaxConcurrency}");
        // What gathered in a tenth of a second may go at once, and at least one.
        if (setup.RatePerSecond is { } rate && withinASecond > rate + Math.Max(1, rate / 10) + 1)
            Broken($"{send}: {withinASecond} within a second from there, of {rate}");
    }

    public override void OnStored(StoreCall call)
    {
        var limit = call switch
        {
            { Operation: "ledger.Claim", Arguments: [_, _, _, int most, _] } => most,
            { Operation: "letter.Due" or "letter.Stuck", Arguments: [_, _, int most] } => most,
            _ => 0,
        };
        if (limit > World.Plan.Setup.BatchSize) Broken($"{call.Operation} takes {limit} at once, of {World.Plan.Setup.BatchSize}");
    }
}
