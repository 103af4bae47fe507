using DlqCluster.Simulation.Downstreams;
using DlqCluster.Simulation.Stores;
using DlqCluster.Simulation.Time;

namespace DlqCluster.Simulation.Workload;

/// <summary>Fate: crashes, bad stores, a bad network, sick downstreams, grains in two places, clocks that jump. Each world has some of these.</summary>
internal sealed class Faults : IWorkload
{
    private static readonly string[] _stores = ["", "state.", "ledger.", "letter.", "reminder.", "ordering."];

    /// <inheritdoc/>
    public IEnumerable<Act> Draw(PlanDraft draft, Chance chance)
    {
        var isCalm = chance.Happens(0.05);
        if (isCalm) yield break;
        foreach (var act in DrawCrashes(draft, chance)) yield return act;
        foreach (var act in DrawWeather(draft, chance)) yield return act;
        if (draft.Setup.Silos > 1 && chance.Happens(0.5))
            for (var i = chance.From(1, 6); i > 0; i--) yield return new Misplace(draft.AnyTime(chance), chance.Bits(), chance.Span(10, 4_000));
        if (chance.Happens(0.2))
            for (var i = chance.From(1, 2); i > 0; i--) yield return new ClockJump(draft.AnyTime(chance), chance.Below(draft.Setup.Silos), chance.Span(-6_000, 6_000));
    }

    private static IEnumerable<Act> DrawCrashes(PlanDraft draft, Chance chance)
    {
        if (chance.Happens(0.6))
            for (var i = chance.From(1, 4); i > 0; i--) yield return new Crash(draft.AnyTime(chance), chance.Below(draft.Setup.Silos), chance.From(0, 60), chance.Span(0, 3_000));
        if (chance.Happens(0.3)) yield return new Restart(draft.AnyTime(chance), chance.Below(draft.Setup.Silos));
        if (draft.Setup.Silos > 1 && chance.Happens(0.2)) yield return new CutOff(draft.AnyTime(chance), chance.Below(draft.Setup.Silos), chance.Span(50, 5_000));
    }

    private static IEnumerable<Act> DrawWeather(PlanDraft draft, Chance chance)
    {
        if (chance.Happens(0.6))
            for (var i = chance.From(1, 4); i > 0; i--) yield return DrawStoreWeather(draft, chance);
        if (chance.Happens(0.4)) yield return new BadNetwork(draft.AnyTime(chance), chance.Span(200, 5_000), chance.Fraction() * 0.3, chance.From(1, 300));
        if (!chance.Happens(0.6)) yield break;
        for (var i = chance.From(1, 4); i > 0; i--)
        {
            var weather = new DownstreamWeather(chance.Happens(0.4), Share(chance), Share(chance), Share(chance), Share(chance), chance.From(1, 800));
            yield return new SickDownstream(draft.AnyTime(chance), chance.Pick(Setup.Targets), chance.Span(200, 8_000), weather);
        }
    }

    private static BadStore DrawStoreWeather(PlanDraft draft, Chance chance) => new(
        draft.AnyTime(chance),
        chance.Pick(_stores),
        chance.Span(100, 6_000),
        new StoreWeather(Share(chance), Share(chance), Share(chance) / 2, Share(chance) / 3, chance.From(1, 200)));

    private static double Share(Chance chance) => chance.Happens(0.5) ? 0 : chance.Fraction() * 0.6;
}

/// <summary>A silo dies at any await, and comes back later.</summary>
internal sealed record Crash(TimeSpan At, int Silo, int Steps, TimeSpan Away) : Act(At)
{
    protected override string Text => $"silo {Silo} crashes after {Steps} steps, for {Away.TotalMilliseconds}";

    public override Task DoAsync(World world)
    {
        var silo = world.Silos[Silo];
        silo.Away = Away;
        world.Time.AfterSteps(Steps, () => silo.Kill("it crashed"));
        return Task.CompletedTask;
    }
}

/// <summary>A silo is stopped in order and started again.</summary>
internal sealed record Restart(TimeSpan At, int Silo) : Act(At)
{
    protected override string Text => $"silo {Silo} restarts";

    public override Task DoAsync(World world)
    {
        var silo = world.Silos[Silo];
        silo.Process.Run(silo.StopAsync);
        return Task.CompletedTask;
    }
}

/// <summary>The others take a silo for dead while it goes on for a while.</summary>
internal sealed record CutOff(TimeSpan At, int Silo, TimeSpan Span) : Act(At)
{
    protected override string Text => $"silo {Silo} is cut off for {Span.TotalMilliseconds}, and dies";

    public override async Task DoAsync(World world)
    {
        var silo = world.Silos[Silo];
        // Somebody must be left to take over.
        if (world.Silos.Count(other => other.IsMember) < 2) return;
        silo.CutOff();
        await world.Process.Delay(Span);
        silo.Kill("it learnt that it is dead");
    }
}

/// <summary>A store, or all of them, behaves badly for a while.</summary>
internal sealed record BadStore(TimeSpan At, string Prefix, TimeSpan Span, StoreWeather Weather) : Act(At)
{
    protected override string Text => $"store '{Prefix}' for {Span.TotalMilliseconds}: {Weather}";

    public override async Task DoAsync(World world)
    {
        world.BadStores.Add(this);
        await world.Process.Delay(Span);
        world.BadStores.Remove(this);
    }
}

/// <summary>The network between silos behaves badly for a while.</summary>
internal sealed record BadNetwork(TimeSpan At, TimeSpan Span, double Loss, int MostDelayMs) : Act(At)
{
    protected override string Text => $"network for {Span.TotalMilliseconds}: loses {Loss:F2}, up to {MostDelayMs} late";

    public override async Task DoAsync(World world)
    {
        (world.Network.Loss, world.Network.MostDelayMs) = (Loss, MostDelayMs);
        await world.Process.Delay(Span);
        world.Network.Heal();
    }
}

/// <summary>A downstream is sick for a while.</summary>
internal sealed record SickDownstream(TimeSpan At, string Target, TimeSpan Span, DownstreamWeather Weather) : Act(At)
{
    protected override string Text => $"downstream {Target} for {Span.TotalMilliseconds}: {Weather}";

    public override async Task DoAsync(World world)
    {
        world.Downstream.SetWeather(Target, Weather);
        await world.Process.Delay(Span);
        world.Downstream.SetWeather(Target, DownstreamWeather.Fair);
    }
}

/// <summary>A grain is held by two silos for a while.</summary>
internal sealed record Misplace(TimeSpan At, ulong Draw, TimeSpan Span) : Act(At)
{
    protected override string Text => $"a grain is in two places for {Span.TotalMilliseconds}";

    public override Task DoAsync(World world)
    {
        world.Directory.Flaw(Draw, Span);
        return Task.CompletedTask;
    }
}

/// <summary>A silo's wall clock jumps.</summary>
internal sealed record ClockJump(TimeSpan At, int Silo, TimeSpan By) : Act(At)
{
    protected override string Text => $"the clock of silo {Silo} jumps by {By.TotalMilliseconds}";

    public override Task DoAsync(World world)
    {
        world.Jump(Silo, By);
        return Task.CompletedTask;
    }
}
