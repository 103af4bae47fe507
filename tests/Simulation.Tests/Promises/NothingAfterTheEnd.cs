using DlqCluster.Simulation.Downstreams;

namespace DlqCluster.Simulation.Promises;

/// <summary>
/// Promise 3: after its end is recorded a message is not sent again, and an attempt is repeated only where its outcome was lost with its
/// silo. Where two silos held the message at that time, either may have sent it.
/// </summary>
internal sealed class NothingAfterTheEnd(World world) : Promise(world)
{
    public override void OnSend(MessageFile file, Send send)
    {
        if (file.Record is not { } record)
        {
            if (!WasHeldTwice(file, file.ForgottenAt ?? TimeSpan.Zero)) Broken($"{send}, of which there is no record");
            return;
        }

        if (record.HasEnded && !WasHeldTwice(file, file.EndedAt)) Broken($"{send}, which has ended as {record.State} at {file.EndedAt.TotalMilliseconds}");
        if (file.Letter is not null && send.Generation == 0 && !WasHeldTwice(file, file.LetterAt)) Broken($"{send}, which is a dead letter already");
        CheckTimes(file, send);
        send.MayBeOutOfDate = WasHeldTwice(file, file.WrittenAt);
        foreach (var earlier in file.Sends)
        {
            if (earlier.MayBeOutOfDate || earlier.Generation != send.Generation || earlier.Attempt != send.Attempt) continue;
            var wasLost = earlier.Silo.DiedAt is not null && earlier.Silo != send.Silo;
            if (!wasLost && !WasHeldTwice(file, earlier.StartedAt)) Broken($"{send}, repeats {earlier}, which was not lost");
        }
    }

    private void CheckTimes(MessageFile file, Send send)
    {
        // A replay is due when it is started, and an operator's is not bound by the expiry.
        if (send.Generation > 0) return;
        var wall = World.Process.GetUtcNow();
        if (file.NotBefore > wall + World.WorstClockError) Broken($"{send}, before {file.NotBefore:O}");
        if (file.Expiry <= wall - World.WorstClockError) Broken($"{send}, which has expired at {file.Expiry:O}");
    }
}
