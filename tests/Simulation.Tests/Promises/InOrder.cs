using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Ordering;
using DlqCluster.Simulation.Downstreams;

namespace DlqCluster.Simulation.Promises;

/// <summary>
/// Promise 7: of one ordering key to one downstream never two are under way, and never one goes while another, that was accepted before it was
/// first submitted, has not come to its end; where dead letters block, not while that one's letter is open either, unless somebody has
/// passed it over. One that is scheduled takes its place when its time has come. A lane that two silos have held at once may give two their turn.
/// </summary>
internal sealed class InOrder(World world) : Promise(world)
{
    public override void OnSend(MessageFile file, Send send)
    {
        if (file.Spec?.OrderingKey is not { } key || WasHeldTwice(file, file.WrittenAt)) return;
        foreach (var other in World.Evidence.Files)
        {
            if (other == file || other.Spec?.OrderingKey != key) continue;
            var since = other.FirstTriedAt < file.FirstTriedAt ? other.FirstTriedAt : file.FirstTriedAt;
            if (World.Directory.WasHeldTwice(GrainId.Create("ordering-lane", new LaneName(send.Target, key).ToString()), since, Now)) continue;
            var underWay = other.Sends.Find(sent => sent.EndedAt is null && sent.Target == send.Target && !sent.MayBeOutOfDate);
            if (underWay is not null && !WasHeldTwice(other, underWay.StartedAt)) Broken($"{send}, while {underWay} of the same key is under way");
            if (other.Spec.Target == send.Target && IsBefore(other, file) && IsOpen(other, send.Target)) Broken($"{send}, before {other} of the same key");
        }
    }

    private static bool IsBefore(MessageFile other, MessageFile file) =>
        other.NotBefore is null && file.ForgottenAt is null && other.ForgottenAt is null && other.AcknowledgedAt < file.FirstTriedAt;

    private bool IsOpen(MessageFile other, string target)
    {
        if (other.Record is not { } record) return false;
        if (record is { Generation: 0, HasEnded: false }) return true;
        // What somebody cancels, or what is out of date, holds nobody up.
        var isGivenUp = record.State is MessageState.Cancelled or MessageState.Expired;
        var isOpen = other.Letter is { Status: not LetterStatus.Resolved };
        return World.Plan.Setup.Blocking.Contains(target) && isOpen && !isGivenUp && !other.MayBeSkipped && !WasReleased(other);
    }

    /// <summary>Whether its lane has gone on since it was first dead-lettered: it was resolved or given up once, or went elsewhere.</summary>
    private static bool WasReleased(MessageFile other) =>
        other.WasReleased || other.Letter!.ReplayAttempts.Any(attempt => attempt.Target is not null);
}
