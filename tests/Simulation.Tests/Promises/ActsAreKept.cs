using DlqCluster.DeadLetters;

namespace DlqCluster.Simulation.Promises;

/// <summary>What an operator was told is done to a letter is done, and nobody undoes it by writing at the same time.</summary>
internal sealed class ActsAreKept(World world) : Promise(world)
{
    private readonly List<(MessageFile File, LetterAct Act)> _done = [];

    public override void OnActed(MessageFile file, LetterAct act, LetterActOutcome outcome)
    {
        if (outcome != LetterActOutcome.Done) return;
        _done.Add((file, act));
        Check(file, act);
    }

    public override void AtEnd()
    {
        foreach (var (file, act) in _done) Check(file, act);
    }

    private void Check(MessageFile file, LetterAct act)
    {
        if (file.Letter?.Events.Any(happened => happened.Kind == act.Kind && happened.Text == act.Text) != true)
            Broken($"{act.Kind} of the letter of {file} ({act.Text}) was done, and is not there");
    }
}
