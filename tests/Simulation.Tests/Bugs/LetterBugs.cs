using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Replays;
using DlqCluster.Simulation.Silos;
using DlqCluster.Simulation.Stores;

namespace DlqCluster.Simulation.Bugs;

/// <summary>The letters' store does not compare versions.</summary>
internal sealed class SkipsLetterVersions : Bug
{
    public override Func<T> OnStore<T>(StoreCall call, Func<T> act)
    {
        if (call is not { Operation: "letter.Put", Arguments: [int partition, Letter letter, long] }) return act;
        return () =>
        {
            var stored = World.Letters.GetAsync(letter.MessageId).GetAwaiter().GetResult()?.Version ?? 0;
            return (T)(object)World.Letters.PutAsync(partition, letter, stored).GetAwaiter().GetResult()!;
        };
    }
}

/// <summary>Whoever asks for a discarded letter is told that it is one for people.</summary>
internal sealed class ReplaysDiscardedLetters : Bug
{
    public override Func<T> OnStore<T>(StoreCall call, Func<T> act) => call.Operation != "letter.Get" ? act : () =>
        act() is Letter { Resolution: LetterResolution.Discarded } letter ? (T)(object)(letter with { Status = LetterStatus.Manual, Resolution = null }) : act();
}

/// <summary>What people do with letters is acknowledged, and not stored.</summary>
internal sealed class ForgetsActs : Forgets
{
    protected override bool IsForgotten(StoreCall call) =>
        call is { Operation: "letter.Put", Arguments: [int, Letter letter, long] } && letter.Events.Count > (World.Evidence.FileOf(letter.MessageId).Letter?.Events.Count ?? 0);
}

/// <summary>A mended letter is sent as it was.</summary>
internal sealed class SendsTheOriginal : Bug
{
    public override GrainCall OnCall(GrainCall call) =>
        call.Arguments is [ReplayMessage replay] && World.Evidence.FileOf(new MessageId(call.Grain.Key.ToString()!)).Letter is { } letter
            ? call with { Arguments = [replay with { Envelope = replay.Envelope with { Payload = letter.OriginalMessage.Payload } }] }
            : call;
}

/// <summary>A redirected letter goes where it was meant to go at first.</summary>
internal sealed class ForgetsRedirects : Bug
{
    public override GrainCall OnCall(GrainCall call) =>
        call.Arguments is [ReplayMessage replay] && World.Evidence.FileOf(new MessageId(call.Grain.Key.ToString()!)).Letter is { } letter
            ? call with { Arguments = [replay with { Envelope = replay.Envelope with { Target = letter.OriginalMessage.Target } }] }
            : call;
}

/// <summary>A replay job takes in what came back after its selection, also what it has replayed itself.</summary>
internal sealed class JobsSweepInWhatComesBack : Bug
{
    public override GrainCall OnCall(GrainCall call) => call.Arguments is [JobLetters job]
        ? call with { Arguments = [job with { SelectedAt = job.SelectedAt.AddDays(1) }] }
        : call;
}

/// <summary>Letters do not say which job has replayed them, nor when.</summary>
internal sealed class ForgetsWhichJobItWas : Bug
{
    public override GrainCall OnCall(GrainCall call) => call.Arguments is [JobLetters job]
        ? call with { Arguments = [job with { SelectedAt = job.SelectedAt.AddDays(1) }] }
        : call;

    public override Func<T> OnStore<T>(StoreCall call, Func<T> act) => call.Operation != "letter.Get" ? act : () => act() is Letter letter
        ? (T)(object)(letter with { ReplayAttempts = letter.ReplayAttempts.Select(static attempt => attempt with { JobId = null }).ToArray() })
        : act();
}

/// <summary>A job's replays are all reported as delivered.</summary>
internal sealed class JobsReportTooWell : Bug
{
    public override GrainCall OnCall(GrainCall call) => call.Arguments is [IReadOnlyList<JobLetter> letters]
        ? call with { Arguments = [(IReadOnlyList<JobLetter>)letters.Select(static letter => letter with { Outcome = JobLetterOutcome.Delivered }).ToArray()] }
        : call;
}
