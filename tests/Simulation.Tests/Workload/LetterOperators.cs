using System.Globalization;
using DlqCluster.DeadLetters;
using DlqCluster.Ordering;
using DlqCluster.Replays;
using DlqCluster.Simulation.Time;

namespace DlqCluster.Simulation.Workload;

/// <summary>
/// Operators who look after many letters: they discard, restore and annotate them, one or several at once, start replay jobs and tell them
/// what to do, pass over what holds up a lane, and get in each other's way.
/// </summary>
internal sealed class LetterOperators : IWorkload
{
    private static readonly LetterActKind[] _kinds = [LetterActKind.Discard, LetterActKind.Discard, LetterActKind.Restore, LetterActKind.Note];

    /// <inheritdoc/>
    public IEnumerable<Act> Draw(PlanDraft draft, Chance chance)
    {
        if (chance.Happens(0.5))
            for (var i = chance.From(1, 5); i > 0; i--) yield return DrawAct(draft, chance, draft.AnyTime(chance), chance.Pick(draft.Specs));
        if (chance.Happens(0.4))
            foreach (var act in DrawJobs(draft, chance)) yield return act;
        if (chance.Happens(0.4))
            for (var i = chance.From(1, 5); i > 0; i--) yield return new Skip(draft.AnyTime(chance), chance.Bits(), chance.Happens(0.8));
        if (draft.Setup.Silos > 1 && chance.Happens(0.3))
            for (var i = chance.From(1, 4); i > 0; i--)
                foreach (var act in DrawMeeting(draft, chance)) yield return act;
    }

    private static ActOnLetters DrawAct(PlanDraft draft, Chance chance, TimeSpan at, MessageSpec spec)
    {
        var specs = new List<MessageSpec> { spec };
        for (var i = chance.Below(4); i > 0; i--) specs.Add(chance.Pick(draft.Specs));
        return new ActOnLetters(at, chance.Pick(_kinds), specs.Distinct().ToArray());
    }

    private static IEnumerable<Act> DrawJobs(PlanDraft draft, Chance chance)
    {
        for (var i = chance.From(1, 3); i > 0; i--)
        {
            var at = draft.AnyTime(chance);
            yield return new StartJob(at, chance.Happens(0.3) ? chance.Pick(Setup.Targets) : null, chance.From(2, 40), chance.From(1, 5), chance.From(1, 5), chance.Happens(0.3));
            for (var k = chance.Below(4); k > 0; k--)
                yield return new OrderJob(at + chance.Span(0, 5_000), chance.Bits(), (ReplayJobOrder)chance.Below(3));
        }
    }

    /// <summary>A partition is in two places for a while, and several people are at the same letter.</summary>
    private static IEnumerable<Act> DrawMeeting(PlanDraft draft, Chance chance)
    {
        var spec = chance.Pick(draft.Specs);
        var at = draft.AnyTime(chance);
        yield return new MisplacePartition(at, spec, chance.Span(100, 3_000));
        for (var i = chance.From(2, 5); i > 0; i--)
        {
            var then = at + chance.Span(0, 30);
            if (chance.Happens(0.5)) yield return new Replay(then, spec, chance.Happens(0.3), null);
            else yield return new ActOnLetters(then, chance.Pick(_kinds), [spec]);
        }
    }
}

/// <summary>Discards, restores or annotates letters.</summary>
internal sealed record ActOnLetters(TimeSpan At, LetterActKind Kind, IReadOnlyList<MessageSpec> Specs) : Act(At)
{
    protected override string Text => $"{Kind} the letters of {string.Join(',', Specs.Select(static spec => spec.Ordinal))}";

    public override async Task DoAsync(World world)
    {
        if (world.Gateway() is not { } gateway) return;
        var label = string.Create(CultureInfo.InvariantCulture, $"act {Number}");
        var files = Specs.Select(world.Evidence.AnyFileOf).OfType<Promises.MessageFile>().Distinct();
        foreach (var part in files.GroupBy(file => file.Id.Partition(world.Plan.Setup.Partitions)))
        {
            var those = part.ToArray();
            var act = new LetterAct(Kind, those.Select(static file => file.Id).ToArray(), "an operator", label, null);
            var outcomes = await gateway.GetGrain<IDlqPartitionGrain>(part.Key).Apply(act);
            for (var i = 0; i < those.Length; i++)
            {
                world.Trace.Add($"operator: {Kind} {those[i].Id}: {outcomes[i]}");
                world.Promises.OnActed(those[i], act, outcomes[i]);
            }
        }
    }
}

/// <summary>Starts a replay job.</summary>
internal sealed record StartJob(TimeSpan At, string? Target, int Rate, int BatchSize, int MaxConcurrent, bool Ramp) : Act(At)
{
    protected override string Text => $"replay job for {Target ?? "all"}, {Rate} a second, {MaxConcurrent} at once, batches of {BatchSize}{(Ramp ? ", with a ramp" : "")}";

    public override async Task DoAsync(World world)
    {
        if (world.Gateway() is not { } gateway) return;
        var filter = new LetterFilter { Target = Target };
        var now = world.Process.GetUtcNow();
        var tally = await world.Letters.TallyAsync(new LetterSelection(filter, now), 10);
        var plan = new ReplayJobPlan
        {
            Filter = filter,
            SelectedAt = now,
            BatchSize = BatchSize,
            MaxConcurrent = MaxConcurrent,
            RatePerSecond = Rate,
            Ramp = Ramp,
            By = $"operator {Number}",
            ByTarget = tally.ByTarget,
            ByErrorType = tally.ByErrorType,
        };
        world.Evidence.Plans[plan.By] = plan;
        var job = await gateway.GetGrain<IReplayIndexGrain>(0).Start(plan);
        world.Trace.Add($"operator: replay job {job?.JobId ?? "refused"} of {job?.Matched}");
    }
}

/// <summary>Tells a replay job what to do.</summary>
internal sealed record OrderJob(TimeSpan At, ulong Draw, ReplayJobOrder Order) : Act(At)
{
    protected override string Text => $"{Order} a replay job";

    public override async Task DoAsync(World world)
    {
        if (world.Evidence.Jobs.Count == 0 || world.Gateway() is not { } gateway) return;
        var job = world.Evidence.Jobs.Keys.ElementAt((int)(Draw % (ulong)world.Evidence.Jobs.Count));
        var result = await gateway.GetGrain<IReplayJobGrain>(job).Obey(Order, $"operator {Number}", null);
        world.Trace.Add($"operator: {Order} {job}: {result.Obeyed} {result.Job?.State}");
    }
}

/// <summary>Passes over the message that holds up a lane, whichever it is by then or the one that was seen.</summary>
internal sealed record Skip(TimeSpan At, ulong Draw, bool IsExact) : Act(At)
{
    protected override string Text => $"skip the head of a lane{(IsExact ? ", if it is still the same" : "")}";

    public override async Task DoAsync(World world)
    {
        if (world.Gateway() is not { } gateway) return;
        var lanes = await world.Ordering.ListAsync(new LaneQuery { BlockedOnly = true });
        if (lanes.Count == 0) return;
        var lane = lanes[(int)(Draw % (ulong)lanes.Count)];
        var grain = gateway.GetGrain<IOrderingLaneGrain>(lane.Lane.ToString());
        foreach (var file in world.Evidence.Files)
            if (file.Spec?.OrderingKey == lane.Lane.OrderingKey) file.MayBeSkipped |= !IsExact || file.Id == lane.Head.MessageId;
        var result = await grain.Skip(IsExact ? lane.Head.MessageId : null);
        world.Trace.Add($"operator: skip in {lane.Lane}: {result.Outcome} {result.MessageId}");
    }
}

/// <summary>The dead-letter partition of a message is held by two silos for a while.</summary>
internal sealed record MisplacePartition(TimeSpan At, MessageSpec Spec, TimeSpan Span) : Act(At)
{
    protected override string Text => $"the partition of {Spec.Ordinal} is in two places for {Span.TotalMilliseconds}";

    public override Task DoAsync(World world)
    {
        if (world.Evidence.AnyFileOf(Spec) is { } file)
            world.Directory.Flaw(GrainId.Create("dlq", file.Id.Partition(world.Plan.Setup.Partitions).ToString(CultureInfo.InvariantCulture)), Span);
        return Task.CompletedTask;
    }
}
