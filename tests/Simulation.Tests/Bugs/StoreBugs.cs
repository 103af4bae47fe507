using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Ledger;
using DlqCluster.Messages;
using DlqCluster.Simulation.Stores;

namespace DlqCluster.Simulation.Bugs;

/// <summary>What a store is asked to do is acknowledged, and not done.</summary>
internal abstract class Forgets : Bug
{
    /// <summary>Whether it is forgotten.</summary>
    protected abstract bool IsForgotten(StoreCall call);

    public override Func<T> OnStore<T>(StoreCall call, Func<T> act) => IsForgotten(call) ? static () => (T)Nothing(typeof(T)) : act;

    private static object Nothing(Type type) => type == typeof(bool) ? true : type == typeof(string) ? "1" : 1L;
}

/// <summary>What a store is asked to do is acknowledged at once, and done a moment later.</summary>
internal abstract class AnswersFirst : Bug
{
    private static readonly TimeSpan _later = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether it is done later.</summary>
    protected abstract bool IsLate(StoreCall call);

    public override Func<T> OnStore<T>(StoreCall call, Func<T> act) => !IsLate(call) ? act : () =>
    {
        call.Silo.Process.After(_later, () =>
        {
            act();
            World.Evidence.OnStored(call, default(T));
        });
        return default!;
    };
}

/// <summary>A submit is acknowledged before it is in the ledger.</summary>
internal sealed class AcknowledgesBeforeTheLedger : AnswersFirst
{
    protected override bool IsLate(StoreCall call) =>
        call is { Operation: "ledger.Put", Arguments: [LedgerEntry entry] } && World.Evidence.FileOf(entry.MessageId).Record is null or { Revision: 1 };
}

/// <summary>An entry that is to be removed from the ledger stays.</summary>
internal sealed class ForgetsLedgerRemovals : Forgets
{
    protected override bool IsForgotten(StoreCall call) => call.Operation == "ledger.Remove";
}

/// <summary>An ended message stays in the lane that it was in.</summary>
internal sealed class ForgetsReceipts : Forgets
{
    protected override bool IsForgotten(StoreCall call) => call is { Operation: "ledger.Put", Arguments: [LedgerEntry { Lane: LedgerLanes.Receipt }] };
}

/// <summary>What is shed or put off is not written back to the ledger but dropped from it.</summary>
internal sealed class DropsWhatIsHandedBack : Bug
{
    public override Func<T> OnStore<T>(StoreCall call, Func<T> act)
    {
        if (call is not { Operation: "ledger.Put", Arguments: [LedgerEntry entry] } || LedgerLanes.TargetOf(entry.Lane) is null) return act;
        return () =>
        {
            World.Ledger.RemoveAsync(entry.Partition, entry.MessageId).GetAwaiter().GetResult();
            return act is Func<bool> ? (T)(object)true : default!;
        };
    }
}

/// <summary>What is claimed from the ledger is taken out of it, so that nobody watches over it any more.</summary>
internal sealed class TakesClaimsOut : Bug
{
    public override Func<T> OnStore<T>(StoreCall call, Func<T> act)
    {
        if (call is not { Operation: "ledger.Claim", Arguments: [int partition, ..] }) return act;
        return () =>
        {
            var claimed = act();
            foreach (var id in (IReadOnlyList<MessageId>)claimed!) World.Ledger.RemoveAsync(partition, id).GetAwaiter().GetResult();
            return claimed;
        };
    }
}

/// <summary>The states' store does not compare etags.</summary>
internal sealed class SkipsETags : Bug
{
    public override string? OnETag(string? expected, string? stored) => stored;
}

/// <summary>A message goes to its dead-letter partition before that is recorded.</summary>
internal sealed class HandsOffBeforePersisting : Forgets
{
    protected override bool IsForgotten(StoreCall call) =>
        call is { Operation: LinkedStates.Write, Arguments: [_, MessageRecord { Owed.End: MessageState.DeadLettered }] };
}

/// <summary>That a message was delivered is not recorded.</summary>
internal sealed class ForgetsDeliveries : Forgets
{
    protected override bool IsForgotten(StoreCall call) =>
        call is { Operation: LinkedStates.Write, Arguments: [_, MessageRecord { State: MessageState.Delivered }] } && World.Chance.Happens(0.3);
}

/// <summary>That a message was cancelled is not recorded.</summary>
internal sealed class ForgetsCancels : Forgets
{
    protected override bool IsForgotten(StoreCall call) =>
        call is { Operation: LinkedStates.Write, Arguments: [_, MessageRecord { State: MessageState.Cancelled }] };
}

/// <summary>A message that is parked is charged an attempt.</summary>
internal sealed class CountsParkedAttempts : Bug
{
    public override Func<T> OnStore<T>(StoreCall call, Func<T> act)
    {
        if (call is { Operation: LinkedStates.Write, Arguments: [_, MessageRecord { AttemptsMade: > 0, HasEnded: false, Owed: null } record] }
            && World.Chance.Happens(0.3)) call.Arguments[1] = record with { AttemptsMade = record.AttemptsMade + 1 };
        return act;
    }
}

/// <summary>Whoever asks for a resolved letter is told that it is one for people.</summary>
internal sealed class ReplaysResolvedLetters : Bug
{
    public override Func<T> OnStore<T>(StoreCall call, Func<T> act) => call.Operation != "letter.Get" ? act : () =>
        act() is Letter { Status: LetterStatus.Resolved } letter ? (T)(object)(letter with { Status = LetterStatus.Manual }) : act();
}

/// <summary>A letter whose replay is under way looks as if it waited.</summary>
internal sealed class ReplaysTwiceAtOnce : Bug
{
    public override Func<T> OnStore<T>(StoreCall call, Func<T> act) => call.Operation != "letter.Get" ? act : () =>
        act() is Letter { Status: LetterStatus.Processing } letter ? (T)(object)(letter with { Status = LetterStatus.Pending }) : act();
}

/// <summary>A state is read as it was one write ago, as from a replica that lags behind.</summary>
internal sealed class ReadsAnOldReplica : Bug
{
    private readonly Dictionary<object, (object? Before, object? Now)> _written = [];

    public override Func<T> OnStore<T>(StoreCall call, Func<T> act)
    {
        if (call is { Operation: LinkedStates.Write, Arguments: [GrainId written, MessageRecord record] })
            _written[written] = (_written.GetValueOrDefault(written).Now, record);
        if (call is not { Operation: LinkedStates.Read, Arguments: [GrainId read] }) return act;
        return () =>
        {
            var found = act();
            if (found is GrainState<MessageRecord> { RecordExists: true } state && _written.GetValueOrDefault(read).Before is MessageRecord old) state.State = old;
            return found;
        };
    }
}

/// <summary>A breaker that opens does not store it, and says that it is closed when it comes to life again.</summary>
internal sealed class ForgetsThatItIsOpen : Bug
{
    public override Func<T> OnStore<T>(StoreCall call, Func<T> act)
    {
        if (call is not { Operation: LinkedStates.Read }) return act;
        return () =>
        {
            var found = act();
            if (found is GrainState<BreakerRecord> { RecordExists: true } state) state.State = state.State! with { State = BreakerState.Closed, Mode = BreakerMode.Auto };
            return found;
        };
    }
}
