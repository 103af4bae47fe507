using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Messages;
using DlqCluster.Simulation.Time;

namespace DlqCluster.Simulation.Workload;

/// <summary>Operators: they replay letters, as they are, mended or to another downstream; force breakers; pause and resume.</summary>
internal sealed class Operators : IWorkload
{
    private static readonly BreakerMode[] _modes = [BreakerMode.ForcedOpen, BreakerMode.ForcedOpen, BreakerMode.ForcedClosed, BreakerMode.Auto, BreakerMode.Disabled, BreakerMode.MetricsOnly];

    /// <inheritdoc/>
    public IEnumerable<Act> Draw(PlanDraft draft, Chance chance)
    {
        for (var i = chance.From(0, 12); i > 0; i--)
        {
            var spec = chance.Pick(draft.Specs);
            var at = draft.AnyTime(chance);
            var replay = new Replay(at, spec, chance.Happens(0.3), chance.Happens(0.3) ? chance.Pick(Setup.Targets) : null);
            yield return replay;
            // Somebody else has the same idea.
            if (chance.Happens(0.3)) yield return replay with { At = at + chance.Span(0, 10) };
        }

        for (var i = chance.From(0, 3); i > 0; i--)
            yield return new Force(draft.AnyTime(chance), chance.Pick(Setup.Targets), chance.Pick(_modes), chance.Happens(0.7) ? chance.Span(100, 4_000) : null);
        for (var i = chance.From(0, 3); i > 0; i--)
            yield return new Pause(draft.AnyTime(chance), chance.Happens(0.3) ? null : chance.Pick(Setup.Targets), chance.Span(100, 5_000));
        for (var i = chance.From(0, 2); i > 0; i--) yield return new Reclaim(draft.AnyTime(chance), chance.Below(draft.Setup.Partitions));
    }
}

/// <summary>What operators do.</summary>
internal static class Operator
{
    /// <summary>From here on variants of bodies are what operators have made of them, each its own.</summary>
    public const int Mended = 100;

    /// <summary>The dead-letter partition of a message.</summary>
    public static IDlqPartitionGrain PartitionOf(World world, IGrainFactory gateway, MessageId id) =>
        gateway.GetGrain<IDlqPartitionGrain>(id.Partition(world.Plan.Setup.Partitions));
}

/// <summary>Replays a letter.</summary>
/// <param name="At">When.</param>
/// <param name="Spec">The message whose letter it is.</param>
/// <param name="IsMended">Whether with a payload that will be taken.</param>
/// <param name="Target">The other downstream, if it is redirected.</param>
internal sealed record Replay(TimeSpan At, MessageSpec Spec, bool IsMended, string? Target) : Act(At)
{
    protected override string Text => $"replay the letter of {Spec.Ordinal}{(IsMended ? ", mended" : "")}{(Target is null ? "" : $", to {Target}")}";

    public override async Task DoAsync(World world)
    {
        if (world.Evidence.AnyFileOf(Spec) is not { } file || world.Gateway() is not { } gateway) return;
        var payload = IsMended ? Payload.Parse(Spec.Body(Operator.Mended + Number)) : (Payload?)null;
        var request = new ReplayLetter(file.Id, $"operator {Number}", payload, Target);
        world.Evidence.Asked[request.By] = request;
        var result = await Operator.PartitionOf(world, gateway, file.Id).Replay(request);
        world.Trace.Add($"operator: replay {file.Id}: {result.Outcome} {result.Generation}");
    }
}

/// <summary>Puts a breaker into a mode.</summary>
internal sealed record Force(TimeSpan At, string Target, BreakerMode Mode, TimeSpan? For) : Act(At)
{
    protected override string Text => $"force {Target} {Mode} for {For?.TotalMilliseconds.ToString() ?? "ever"}";

    public override async Task DoAsync(World world)
    {
        if (world.Gateway() is not { } gateway) return;
        var view = await gateway.GetGrain<ICircuitBreakerGrain>(Target).Force(new ForceBreaker(Mode, "it is a test", "an operator", For));
        world.Trace.Add($"operator: {Target} is {view.Mode} {view.State}");
    }
}

/// <summary>Pauses delivery, and resumes it later.</summary>
internal sealed record Pause(TimeSpan At, string? Target, TimeSpan Span) : Act(At)
{
    protected override string Text => $"pause {Target ?? "all"} for {Span.TotalMilliseconds}";

    public override async Task DoAsync(World world)
    {
        await SetAsync(world, true);
        await world.Process.Delay(Span);
        await SetAsync(world, false);
    }

    private async Task SetAsync(World world, bool paused)
    {
        if (world.Gateway() is not { } gateway) return;
        var change = await gateway.GetGrain<IDownstreamCatalogGrain>(0).SetPaused(Target, paused);
        world.Trace.Add($"operator: {(paused ? "pause" : "resume")} {Target ?? "all"}: {change}");
    }
}

/// <summary>Looks after letters that are stuck.</summary>
internal sealed record Reclaim(TimeSpan At, int Partition) : Act(At)
{
    protected override string Text => $"reclaim partition {Partition}";

    public override async Task DoAsync(World world)
    {
        if (world.Gateway() is { } gateway) await gateway.GetGrain<IDlqPartitionGrain>(Partition).ReclaimStale();
    }
}
