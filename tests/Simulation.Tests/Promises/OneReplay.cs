using DlqCluster.DeadLetters;
using DlqCluster.Simulation.Downstreams;

namespace DlqCluster.Simulation.Promises;

/// <summary>Promise 8: a letter is in at most one replay at a time, and a resolved one in none.</summary>
internal sealed class OneReplay(World world) : Promise(world)
{
    public override void OnLetter(MessageFile file, Letter? before, Letter after)
    {
        if (before is null)
        {
            if (after.Status == LetterStatus.Processing) Broken($"the letter of {file} begins with a replay");
            return;
        }

        var isRestored = before.Resolution == LetterResolution.Discarded && after.Events is [.., { Kind: LetterActKind.Restore }] && after.Events.Count > before.Events.Count;
        if (before.Status == LetterStatus.Resolved && after.Status != LetterStatus.Resolved && !isRestored) Broken($"the resolved letter of {file} becomes {after.Status}");
        var begins = after.Generation - before.Generation;
        if (begins is < 0 or > 1) Broken($"the letter of {file} goes from generation {before.Generation} to {after.Generation}");
        if (begins == 1 && before.Status == LetterStatus.Processing) Broken($"the letter of {file} begins another replay while one is under way");
        if (begins == 1 && after.ReplayAttempts[^1].Trigger == ReplayTrigger.Schedule && before.DlqRetryCount >= World.Plan.Setup.MaxReplays)
            Broken($"the letter of {file} replays itself after {before.DlqRetryCount} failed replays");
        if (after is { Status: LetterStatus.Resolved, Resolution: not LetterResolution.Discarded } && !file.Sends.Exists(send => send.TakenAt is not null))
            Broken($"the letter of {file} is resolved, but its downstream never got it");
    }

    public override void OnSend(MessageFile file, Send send)
    {
        if (send.Generation == 0 || WasHeldTwice(file, file.WrittenAt)) return;
        if (file.Letter is not { Status: LetterStatus.Processing } letter || letter.Generation != send.Generation)
            Broken($"{send}, but its letter is {file.Letter?.Status} {file.Letter?.Generation}");
    }
}
