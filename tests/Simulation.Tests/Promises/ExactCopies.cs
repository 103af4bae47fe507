using DlqCluster.DeadLetters;
using DlqCluster.Simulation.Downstreams;

namespace DlqCluster.Simulation.Promises;

/// <summary>
/// Promise 8, of what is sent: a replay sends exactly what its operator asked for, where it asked; one that nobody asked for by name sends what
/// the one before it did; the first of these the original.
/// </summary>
internal sealed class ExactCopies(World world) : Promise(world)
{
    private readonly Dictionary<(MessageFile File, int Generation), (string Body, string Target)> _copies = [];

    public override void OnLetter(MessageFile file, Letter? before, Letter after)
    {
        if (before is null) _copies[(file, after.Generation)] = Original(after);
        else if (after.Generation == before.Generation + 1) _copies[(file, after.Generation)] = CopyOf(file, after, after.ReplayAttempts[^1]);
    }

    public override void OnSend(MessageFile file, Send send)
    {
        if (send.Generation == 0 || WasHeldTwice(file, file.WrittenAt) || !_copies.TryGetValue((file, send.Generation), out var copy)) return;
        if (copy != (send.Body, send.Target)) Broken($"{send} with {send.Body} to {send.Target}; it should be {copy.Body} to {copy.Target}");
    }

    private (string Body, string Target) CopyOf(MessageFile file, Letter letter, ReplayAttempt attempt)
    {
        var original = Original(letter);
        if (attempt.Trigger != ReplayTrigger.Operator) return _copies.GetValueOrDefault((file, letter.Generation - 1), original);
        if (attempt.By is { } by && World.Evidence.Asked.TryGetValue(by, out var asked) && asked.MessageId == file.Id)
            return (asked.Payload?.ToString() ?? original.Body, asked.Target ?? original.Target);
        Broken($"the letter of {file} is replayed by {attempt.By}, who has not asked for that");
        return original;
    }

    private static (string Body, string Target) Original(Letter letter) => (letter.OriginalMessage.Payload.ToString(), letter.OriginalMessage.Target);
}
