using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Simulation.Silos;

namespace DlqCluster.Simulation.Bugs;

/// <summary>A half-open breaker gives out a permit where there is none.</summary>
internal sealed class ReleasesTwoPermits : Bug
{
    private int _number;

    public override T OnAnswer<T>(GrainCall call, T answer) => answer is ProbeAnswer { Permit: null, Lease.State: BreakerState.HalfOpen } none
        ? (T)(object)(none with { Permit = $"false {++_number}" })
        : answer;
}

/// <summary>A lease of a breaker lasts for far too long.</summary>
internal sealed class LeasesLast : Bug
{
    public override T OnAnswer<T>(GrainCall call, T answer) => answer is BreakerLease lease ? (T)(object)(lease with { ValidForMs = 20_000 }) : answer;
}

/// <summary>An open breaker says that it is closed.</summary>
internal sealed class OpenLooksClosed : Bug
{
    public override T OnAnswer<T>(GrainCall call, T answer) => answer is BreakerLease { State: BreakerState.Open } lease
        ? (T)(object)(lease with { State = BreakerState.Closed })
        : answer;
}

/// <summary>The dead-letter partition acknowledges a message without taking it.</summary>
internal sealed class LosesLetters : Bug
{
    public override bool Swallows(GrainCall call) => call.Method.Name == nameof(IDlqPartitionGrain.Admit);
}

/// <summary>All submits look alike, so that any message under a key that is taken passes for a repeat.</summary>
internal sealed class IgnoresTheBody : Bug
{
    public override GrainCall OnCall(GrainCall call) => call.Arguments is [SubmitMessage message] ? call with { Arguments = [message with { RequestHash = "" }] } : call;
}

/// <summary>A message's expiry is not kept.</summary>
internal sealed class IgnoresExpiry : Bug
{
    public override GrainCall OnCall(GrainCall call) => call.Arguments is [SubmitMessage message]
        ? call with { Arguments = [message with { Envelope = message.Envelope with { ExpiresAt = message.Envelope.ExpiresAt?.AddHours(1) } }] }
        : call;
}

/// <summary>A message's time of delivery is not kept.</summary>
internal sealed class IgnoresDeliverAt : Bug
{
    public override GrainCall OnCall(GrainCall call) => call.Arguments is [SubmitMessage message]
        ? call with { Arguments = [message with { Envelope = message.Envelope with { DeliverAt = null } }] }
        : call;
}

/// <summary>A replay is told to a message under the generation of the one before.</summary>
internal sealed class ForgetsTheGeneration : Bug
{
    public override GrainCall OnCall(GrainCall call) => call.Arguments is [ReplayMessage { Generation: > 1 } replay]
        ? call with { Arguments = [replay with { Generation = replay.Generation + 1 }] }
        : call;
}
