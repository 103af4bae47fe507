using DlqCluster.Downstreams;
using DlqCluster.Messages;
using DlqCluster.Ordering;
using DlqCluster.Simulation.Silos;
using DlqCluster.Simulation.Stores;

namespace DlqCluster.Simulation.Bugs;

/// <summary>A lane tells everybody that it is the first.</summary>
internal sealed class EverybodyIsFirst : Bug
{
    public override T OnAnswer<T>(GrainCall call, T answer) => answer is LanePlace { Turn: LaneTurn.Queued } place
        ? (T)(object)(place with { Turn = LaneTurn.First })
        : answer;
}

/// <summary>A message that is on its way says that it has ended, and its lane goes on.</summary>
internal sealed class LanesDoNotWait : Bug
{
    public override T OnAnswer<T>(GrainCall call, T answer) => answer is TurnAnswer.Taken ? (T)(object)TurnAnswer.Ended : answer;
}

/// <summary>A lane hears of an end when there was a failure only.</summary>
internal sealed class EndsAtTheFirstFailure : Bug
{
    public override Func<T> OnStore<T>(StoreCall call, Func<T> act)
    {
        if (call is { Operation: LinkedStates.Write, Arguments: [GrainId, MessageRecord { State: MessageState.Retrying, Envelope.OrderingKey: { } key } record] })
        {
            var lane = World.Gateway()?.GetGrain<IOrderingLaneGrain>(new LaneName(record.Envelope.Target, key).ToString());
            _ = lane?.Ended(new MessageId(((GrainId)call.Arguments[0]!).Key.ToString()!), MessageState.Expired);
        }

        return act;
    }
}

/// <summary>No downstream's dead letters block, whatever its definition says.</summary>
internal sealed class NothingBlocks : Bug
{
    public override T OnAnswer<T>(GrainCall call, T answer) => answer is DownstreamCatalog catalog
        ? (T)(object)(catalog with
        {
            Entries = catalog.Entries.ToDictionary(
                static pair => pair.Key, static pair => pair.Value with { Definition = pair.Value.Definition with { OnDeadLetter = OnDeadLetter.Continue } }),
        })
        : answer;
}
