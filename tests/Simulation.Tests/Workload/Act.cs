using System.Globalization;
using DlqCluster.Simulation.Time;

namespace DlqCluster.Simulation.Workload;

/// <summary>Something that a client, an operator or fate does at some time.</summary>
/// <param name="At">When, on the world's clock.</param>
internal abstract record Act(TimeSpan At)
{
    /// <summary>Its number in the plan.</summary>
    public int Number { get; init; }

    /// <summary>Does it. What it throws ends it and nothing else: it is what a client or an operator would see.</summary>
    /// <param name="world">The world.</param>
    public abstract Task DoAsync(World world);

    /// <summary>The act in words.</summary>
    protected abstract string Text { get; }

    public sealed override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number,3} at {At.TotalMilliseconds,8:F0}: {Text}");
}

/// <summary>A part of the workload: draws acts of some kind. A new actor is simulated by adding a part.</summary>
internal interface IWorkload
{
    /// <summary>Draws the acts.</summary>
    /// <param name="draft">The plan so far; messages are added to it.</param>
    /// <param name="chance">This part's own stream.</param>
    IEnumerable<Act> Draw(PlanDraft draft, Chance chance);
}

/// <summary>A plan that is being drawn.</summary>
/// <param name="Setup">How the world is set up.</param>
internal sealed record PlanDraft(Setup Setup)
{
    /// <summary>The messages, by their numbers.</summary>
    public List<MessageSpec> Specs { get; } = [];

    /// <summary>A time while clients and faults are at work.</summary>
    public TimeSpan AnyTime(Chance chance) => chance.Span(0, (int)Setup.Span.TotalMilliseconds);
}
