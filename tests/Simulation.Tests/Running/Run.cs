using DlqCluster.Simulation.Bugs;
using DlqCluster.Simulation.Workload;

namespace DlqCluster.Simulation.Running;

/// <summary>How one world went.</summary>
/// <param name="Plan">What was to happen.</param>
/// <param name="Failure">The promise that was broken; null when all were kept.</param>
/// <param name="Hash">The hash of its trace.</param>
/// <param name="Text">Its trace, when it was kept.</param>
/// <param name="Steps">How many steps it took.</param>
/// <param name="Sends">How many attempts its downstreams saw.</param>
internal sealed record Outcome(Plan Plan, string? Failure, string Hash, string Text, long Steps, int Sends);

/// <summary>Runs worlds.</summary>
internal static class Run
{
    /// <summary>Runs the world of a plan.</summary>
    public static Outcome Of(Plan plan, Bug? bug = null, bool keepsText = false)
    {
        using var world = new World(plan, bug ?? Bug.None, keepsText);
        world.Run();
        return new Outcome(plan, world.Failure, world.Trace.Hash, world.Trace.Text, world.Time.Steps, world.Downstream.Sends.Count);
    }
}
