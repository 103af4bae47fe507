using DlqCluster.Messages;
using DlqCluster.Simulation.Workload;

namespace DlqCluster.Simulation.Promises;

/// <summary>Promise 1: whoever is told that its message was accepted has it in the store and in the ledger.</summary>
internal sealed class Durable(World world) : Promise(world)
{
    /// <summary>Longer than any answer is on its way.</summary>
    private static readonly TimeSpan _onItsWay = Setup.ResponseTimeout * 2;

    public override void OnSubmitted(MessageFile file, MessageSpec spec, int variant, SubmitResult result)
    {
        if (result.Outcome is SubmitOutcome.Conflict or SubmitOutcome.LaneFull || file.ForgottenAt > Now - _onItsWay || WasHeldTwice(file, TimeSpan.Zero)) return;
        if (file.Record is null) Broken($"{file} was acknowledged, but there is no record of it");
        var isListed = World.Ledger.AllAsync().GetAwaiter().GetResult().Any(entry => entry.MessageId == file.Id);
        if (!isListed) Broken($"{file} was acknowledged, but it is not in the ledger");
    }

    public override void OnLooked(MessageFile file, bool wasAcknowledged, MessageView? view, TimeSpan began)
    {
        if (wasAcknowledged && view is null && !(file.ForgottenAt >= began) && !WasHeldTwice(file, TimeSpan.Zero))
            Broken($"{file} was acknowledged, but nobody knows it");
    }
}
