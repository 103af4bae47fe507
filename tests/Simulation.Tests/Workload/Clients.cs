using DlqCluster.Downstreams;
using DlqCluster.Messages;
using DlqCluster.Simulation.Time;

namespace DlqCluster.Simulation.Workload;

/// <summary>Clients: they submit, repeat themselves, send something else under the same key, cancel and look.</summary>
internal sealed class Clients : IWorkload
{
    private static readonly ErrorType[] _transient = [ErrorType.Server, ErrorType.Network, ErrorType.Timeout, ErrorType.RateLimited, ErrorType.Unknown];

    /// <inheritdoc/>
    public IEnumerable<Act> Draw(PlanDraft draft, Chance chance)
    {
        var count = chance.From(1, 30);
        var order = chance.Fork("order");
        var ordered = order.Happens(0.5) ? order.Fraction() : 0;
        for (var ordinal = 0; ordinal < count; ordinal++)
        {
            var spec = DrawSpec(ordinal, chance) with { OrderingKey = order.Happens(ordered) ? $"lane {order.Below(2)}" : null };
            draft.Specs.Add(spec);
            var at = draft.AnyTime(chance);
            yield return new Submit(at, spec, 0, chance.From(0, 4));
            if (spec.Key is not null)
            {
                for (var i = chance.Below(3); i > 0; i--) yield return new Submit(Near(at, chance), spec, 0, chance.From(0, 2));
                if (chance.Happens(0.25)) yield return new Submit(Near(at, chance), spec, 1, chance.From(0, 2));
            }

            if (chance.Happens(0.2)) yield return new Cancel(Near(at, chance), spec);
            if (chance.Happens(0.4)) yield return new Look(Near(at, chance), spec);
        }
    }

    private static TimeSpan Near(TimeSpan at, Chance chance) => at + (chance.Happens(0.4) ? chance.Span(0, 10) : chance.Span(0, 8_000));

    private static MessageSpec DrawSpec(int ordinal, Chance chance)
    {
        var treatment = chance.Below(10) switch
        {
            < 4 => Treatment.Takes,
            < 7 => Treatment.FailsFirst,
            < 9 => Treatment.FailsAlways,
            _ => Treatment.Refuses,
        };
        return new MessageSpec(ordinal)
        {
            Key = chance.Happens(0.6) ? $"key {ordinal}" : null,
            Target = chance.Pick(Setup.Targets),
            Priority = (MessagePriority)chance.Below(4),
            DeliverAfter = chance.Happens(0.2) ? chance.Span(0, 6_000) : null,
            ExpiresAfter = chance.Happens(0.15) ? chance.Span(200, 12_000) : null,
            MaxRetries = chance.Happens(0.2) ? chance.From(0, 3) : null,
            Treatment = treatment,
            Failures = chance.From(1, 4),
            Error = chance.Pick(_transient),
        };
    }
}

/// <summary>Submits a message; where that fails, and the client has a key to be recognised by, again.</summary>
/// <param name="At">When.</param>
/// <param name="Spec">The message.</param>
/// <param name="Variant">Which body.</param>
/// <param name="Repeats">How often at most.</param>
internal sealed record Submit(TimeSpan At, MessageSpec Spec, int Variant, int Repeats) : Act(At)
{
    protected override string Text => $"submit {Spec with { }} variant {Variant}, {Repeats} repeats";

    public override async Task DoAsync(World world)
    {
        for (var tries = 0; tries <= Repeats; tries++)
        {
            if (await TryAsync(world) || Spec.Key is null) return;
            await world.Process.Delay(world.ClientChance.Span(5, 1_500));
        }
    }

    private async Task<bool> TryAsync(World world)
    {
        if (world.Gateway() is not { } gateway) return false;
        var envelope = Envelope(world);
        var file = world.Evidence.Submitted(Spec, Variant, envelope);
        var message = new SubmitMessage(envelope, Spec.Key is null ? "" : Spec.Body(Variant));
        try
        {
            var result = await gateway.GetGrain<IMessageGrain>(file.Id.Value).Submit(message);
            world.Trace.Add($"client: {Spec.Ordinal}.{Variant} is {result.MessageId}: {result.Outcome} {result.State}");
            world.Promises.OnSubmitted(file, Spec, Variant, result);
            return true;
        }
        catch (Exception exception)
        {
            world.Trace.Add($"client: {Spec.Ordinal}.{Variant} is {file.Id}: {exception.GetType().Name}");
            return false;
        }
    }

    private Envelope Envelope(World world)
    {
        var now = world.Process.GetUtcNow();
        return new Envelope
        {
            Payload = Payload.Parse(Spec.Body(Variant)),
            Target = Spec.Target,
            ClientMessageId = Spec.Key,
            Priority = Spec.Priority,
            OrderingKey = Spec.OrderingKey,
            DeliverAt = now + Spec.DeliverAfter,
            ExpiresAt = now + Spec.ExpiresAfter,
            Retry = Spec.MaxRetries is { } most ? new RetryOverrides { MaxRetries = most } : null,
        };
    }
}

/// <summary>Cancels a message.</summary>
internal sealed record Cancel(TimeSpan At, MessageSpec Spec) : Act(At)
{
    protected override string Text => $"cancel {Spec.Ordinal}";

    public override async Task DoAsync(World world)
    {
        if (world.Evidence.AnyFileOf(Spec) is not { } file || world.Gateway() is not { } gateway) return;
        var result = await gateway.GetGrain<IMessageGrain>(file.Id.Value).Cancel();
        world.Trace.Add($"client: cancel {file.Id}: {result.Outcome}");
        world.Promises.OnCancelled(file, result);
    }
}

/// <summary>Looks at a message.</summary>
internal sealed record Look(TimeSpan At, MessageSpec Spec) : Act(At)
{
    protected override string Text => $"look at {Spec.Ordinal}";

    public override async Task DoAsync(World world)
    {
        if (world.Evidence.AnyFileOf(Spec) is not { } file || world.Gateway() is not { } gateway) return;
        var began = world.Time.Elapsed;
        var wasAcknowledged = file.AcknowledgedAt is not null;
        var view = await gateway.GetGrain<IMessageGrain>(file.Id.Value).Get();
        world.Trace.Add($"client: look at {file.Id}: {view?.State.ToString() ?? "nothing"}");
        world.Promises.OnLooked(file, wasAcknowledged, view, began);
    }
}
