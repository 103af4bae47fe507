using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Simulation.Downstreams;
using DlqCluster.Simulation.Silos;
using DlqCluster.Simulation.Stores;
using DlqCluster.Simulation.Workload;

namespace DlqCluster.Simulation.Promises;

/// <summary>Something that must always hold. It watches what happens, and fails the world when it does not hold.</summary>
/// <param name="world">The world.</param>
internal abstract class Promise(World world)
{
    protected World World => world;

    protected TimeSpan Now => world.Time.Elapsed;

    /// <summary>A client got the answer to a submit.</summary>
    public virtual void OnSubmitted(MessageFile file, MessageSpec spec, int variant, SubmitResult result)
    {
    }

    /// <summary>A client got the answer to a cancel.</summary>
    public virtual void OnCancelled(MessageFile file, CancelResult result)
    {
    }

    /// <summary>An operator heard how an act on a letter ended.</summary>
    /// <param name="file">The letter's message.</param>
    /// <param name="act">What was asked.</param>
    /// <param name="outcome">How it ended.</param>
    public virtual void OnActed(MessageFile file, LetterAct act, LetterActOutcome outcome)
    {
    }

    /// <summary>A client looked at a message.</summary>
    /// <param name="file">The message.</param>
    /// <param name="wasAcknowledged">Whether it was acknowledged before the client looked.</param>
    /// <param name="view">What it saw.</param>
    /// <param name="began">When it asked.</param>
    public virtual void OnLooked(MessageFile file, bool wasAcknowledged, MessageView? view, TimeSpan began)
    {
    }

    /// <summary>An attempt begins. It is not yet among the message's attempts.</summary>
    public virtual void OnSend(MessageFile file, Send send)
    {
    }

    /// <summary>A record was written. The file still has the one before.</summary>
    public virtual void OnRecord(MessageFile file, MessageRecord? before, MessageRecord after, VirtualSilo writer)
    {
    }

    /// <summary>A record was removed. The file still has it.</summary>
    public virtual void OnForgotten(MessageFile file, MessageRecord record, VirtualSilo writer)
    {
    }

    /// <summary>A letter was stored. The file still has the one before.</summary>
    public virtual void OnLetter(MessageFile file, Letter? before, Letter after)
    {
    }

    /// <summary>Another operation of a store took effect.</summary>
    public virtual void OnStored(StoreCall call)
    {
    }

    /// <summary>An operation of a store was refused, and did nothing.</summary>
    public virtual void OnRefused(StoreCall call)
    {
    }

    /// <summary>A grain answered.</summary>
    public virtual void OnAnswer(GrainCall call, VirtualSilo target, object? answer)
    {
    }

    /// <summary>All has healed and settled.</summary>
    public virtual void AtEnd()
    {
    }

    /// <summary>It does not hold.</summary>
    protected void Broken(string how) => world.Fail($"{GetType().Name}: {how}");

    /// <summary>Whether two silos may have held a message at some moment since a time.</summary>
    protected bool WasHeldTwice(MessageFile file, TimeSpan since) =>
        WroteAfterDeath(file) || world.Directory.WasHeldTwice(GrainId.Create("message", file.Id.Value), since, Now);

    /// <summary>Whether what is stored came from a silo that was dead by then: whoever took over may have read what was there before.</summary>
    private static bool WroteAfterDeath(MessageFile file) => file.Writer?.DiedAt < file.WrittenAt;
}

/// <summary>All promises.</summary>
/// <param name="world">The world.</param>
internal sealed class PromiseList(World world) : Promise(world)
{
    private readonly Promise[] _all =
    [
        new Durable(world), new OneEnd(world), new NothingAfterTheEnd(world), new WithinPolicy(world), new OpenMeansNothing(world), new OneKeyOneMessage(world),
        new InOrder(world), new OneReplay(world), new ExactCopies(world), new JobsReplayOnce(world), new ActsAreKept(world), new Limited(world),
    ];

    public override void OnSubmitted(MessageFile file, MessageSpec spec, int variant, SubmitResult result)
    {
        foreach (var promise in _all) promise.OnSubmitted(file, spec, variant, result);
        if (result.Outcome is SubmitOutcome.Conflict or SubmitOutcome.LaneFull || file.Record is null) return;
        file.AcknowledgedAt ??= Now;
        file.Acknowledged = variant;
    }

    public override void OnCancelled(MessageFile file, CancelResult result)
    {
        foreach (var promise in _all) promise.OnCancelled(file, result);
        if (result.Outcome == CancelOutcome.Cancelled && file.Record is not null) file.CancelledAt = Now;
    }

    public override void OnActed(MessageFile file, LetterAct act, LetterActOutcome outcome)
    {
        foreach (var promise in _all) promise.OnActed(file, act, outcome);
    }

    public override void OnLooked(MessageFile file, bool wasAcknowledged, MessageView? view, TimeSpan began)
    {
        foreach (var promise in _all) promise.OnLooked(file, wasAcknowledged, view, began);
    }

    public override void OnSend(MessageFile file, Send send)
    {
        foreach (var promise in _all) promise.OnSend(file, send);
    }

    public override void OnRecord(MessageFile file, MessageRecord? before, MessageRecord after, VirtualSilo writer)
    {
        foreach (var promise in _all) promise.OnRecord(file, before, after, writer);
    }

    public override void OnForgotten(MessageFile file, MessageRecord record, VirtualSilo writer)
    {
        foreach (var promise in _all) promise.OnForgotten(file, record, writer);
    }

    public override void OnLetter(MessageFile file, Letter? before, Letter after)
    {
        foreach (var promise in _all) promise.OnLetter(file, before, after);
    }

    public override void OnStored(StoreCall call)
    {
        foreach (var promise in _all) promise.OnStored(call);
    }

    public override void OnRefused(StoreCall call)
    {
        foreach (var promise in _all) promise.OnRefused(call);
    }

    public override void OnAnswer(GrainCall call, VirtualSilo target, object? answer)
    {
        foreach (var promise in _all) promise.OnAnswer(call, target, answer);
    }

    public override void AtEnd()
    {
        foreach (var promise in _all) promise.AtEnd();
    }
}
