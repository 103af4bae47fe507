using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Simulation.Silos;

namespace DlqCluster.Simulation.Promises;

/// <summary>Promise 2: every accepted message comes to exactly one end, and the end is true.</summary>
internal sealed class OneEnd(World world) : Promise(world)
{
    public override void OnRecord(MessageFile file, MessageRecord? before, MessageRecord after, VirtualSilo writer)
    {
        if (after.State is MessageState.Processing or MessageState.Parked) Broken($"{file} is stored as {after.State}");
        if (before is { HasEnded: true }) OnWrittenAfterTheEnd(file, before, after);
        if (after.State == MessageState.Expired && before is { HasEnded: false } && after.Envelope.ExpiresAt is { } expiry
            && World.Process.GetUtcNow() + World.WorstClockError < expiry) Broken($"{file} has expired before its time");
    }

    public override void OnForgotten(MessageFile file, MessageRecord record, VirtualSilo writer)
    {
        if (!record.HasEnded || record.Owed is not null) Broken($"{file} is forgotten while it is {record.State}");
        if (World.Process.GetUtcNow() + World.WorstClockError < record.EndedAt + World.Plan.Setup.Window) Broken($"{file} is forgotten so soon after its end at {record.EndedAt:O}");
        if (file.Letter is not null) Broken($"{file} is forgotten while there is a letter of it");
    }

    public override void OnCancelled(MessageFile file, CancelResult result)
    {
        if (result.Outcome != CancelOutcome.Cancelled || file.ForgottenAt is not null || file.Letter is not null) return;
        if (file.Record?.State != MessageState.Cancelled) Broken($"{file} was cancelled, and is {file.Record?.State.ToString() ?? "unknown"}");
    }

    public override void AtEnd()
    {
        foreach (var file in World.Evidence.Files)
            if (file.Record is { HasEnded: true } record) CheckEnd(file, record);
    }

    private void OnWrittenAfterTheEnd(MessageFile file, MessageRecord before, MessageRecord after)
    {
        if (after.Generation == before.Generation)
        {
            if (after.State != before.State) Broken($"{file} had ended as {before.State}, and became {after.State}");
            return;
        }

        if (before.State == MessageState.Delivered) Broken($"{file} was delivered, and is replayed");
        if (file.Letter is not { Status: LetterStatus.Processing } letter || letter.Generation != after.Generation)
            Broken($"{file} is replayed (generation {after.Generation}), but its letter is {file.Letter?.Status} {file.Letter?.Generation}");
    }

    private void CheckEnd(MessageFile file, MessageRecord record)
    {
        var letter = file.Letter;
        switch (record.State)
        {
            case MessageState.Delivered:
                if (!file.Sends.Exists(send => send.Generation == record.Generation && send.TakenAt is not null))
                    Broken($"{file} is delivered, but its downstream never got it");
                if (letter is not null && letter.Status != LetterStatus.Resolved) Broken($"{file} is delivered, but its letter is {letter.Status}");
                break;
            case MessageState.DeadLettered when letter is null:
                Broken($"{file} is dead-lettered, but there is no letter");
                break;
            case not MessageState.DeadLettered when record.Generation == 0 && letter is not null:
                Broken($"{file} is {record.State}, but there is a letter");
                break;
        }

        if (letter is { Status: LetterStatus.Resolved, Resolution: not LetterResolution.Discarded } && record.State != MessageState.Delivered) Broken($"the letter of {file} is resolved, but it is {record.State}");
        if (file.CancelledAt is not null && letter is null && record.State != MessageState.Cancelled) Broken($"{file} was cancelled, and ended as {record.State}");
    }
}
