using DlqCluster.Breakers;

namespace DlqCluster.Messages;

/// <content>Why it has not been sent.</content>
internal sealed partial class MessageGrain
{
    public async Task<MessageExplanation?> Explain()
    {
        if (Record is not { } record) return null;
        var catalog = services.Path.Downstreams.Current;
        var target = record.Envelope.Target;
        var entry = catalog.Entries.GetValueOrDefault(target);
        var downstream = entry?.Definition;
        var mayWait = !record.HasEnded && record.Owed is null;
        var breaker = mayWait && downstream is not null ? await GrainFactory.GetGrain<ICircuitBreakerGrain>(target).Get() : null;
        var spot = mayWait && record.Envelope.OrderingKey is not null ? await Lane(record).Find(_id) : null;
        var head = spot is { Ahead: > 0 } ? await GrainFactory.GetGrain<IMessageGrain>(spot.HeadMessageId.Value).Get() : null;
        // What has happened meanwhile counts.
        if (Record is not { } now) return null;
        var reasons = MessageExplainer.Explain(new MessageSnapshot
        {
            Now = Now,
            Record = now,
            IsSending = _send is not null,
            Downstream = downstream,
            AllPaused = catalog.AllPaused,
            Paused = catalog.IsPaused(target),
            Locked = entry is { IsLocked: true },
            IsDraining = _stopping,
            Breaker = breaker,
            Gate = downstream is null ? default : services.Path.Gates.Get(downstream).Counts,
            Spot = spot,
            Head = head,
        });
        var isHeldUp = !now.HasEnded && spot is { Ahead: > 0, BlockedSince: not null };
        return new MessageExplanation
        {
            MessageId = _id,
            State = isHeldUp ? MessageState.Parked : Shown(now),
            Summary = string.Join(' ', reasons.Select(static reason => reason.Text)),
            ExpectedAt = MessageExplainer.ExpectedAt(reasons),
            Reasons = reasons,
        };
    }
}
