using DlqCluster.Simulation.Time;

namespace DlqCluster.Simulation.Workload;

/// <summary>What is to happen in a world, drawn from its seed before anything happens.</summary>
internal sealed class Plan
{
    private static readonly IWorkload[] _parts = [new Clients(), new Operators(), new LetterOperators(), new Faults()];

    private Plan(ulong seed, Setup setup, IReadOnlyList<MessageSpec> specs, IReadOnlyList<Act> acts) =>
        (Seed, Setup, Specs, Acts) = (seed, setup, specs, acts);

    public ulong Seed { get; }

    public Setup Setup { get; }

    /// <summary>The messages that clients mean to send, by their numbers.</summary>
    public IReadOnlyList<MessageSpec> Specs { get; }

    /// <summary>What happens, in order.</summary>
    public IReadOnlyList<Act> Acts { get; }

    /// <summary>Draws the plan of a seed.</summary>
    public static Plan Draw(ulong seed)
    {
        var chance = new Chance(seed);
        var draft = new PlanDraft(Setup.Draw(chance.Fork("setup")));
        var acts = new List<Act>();
        foreach (var part in _parts) acts.AddRange(part.Draw(draft, chance.Fork(part.GetType().Name)));
        var ordered = acts.OrderBy(act => act.At).Select((act, number) => act with { Number = number }).ToArray();
        return new Plan(seed, draft.Setup, draft.Specs, ordered);
    }

    /// <summary>The same plan with some of its acts alone.</summary>
    /// <param name="kept">The numbers of those.</param>
    public Plan With(IReadOnlySet<int> kept) => new(Seed, Setup, Specs, Acts.Where(act => kept.Contains(act.Number)).ToArray());
}
