using DlqCluster.Api.Problems;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Ingest;

/// <summary>Tells whether messages are accepted at all now.</summary>
/// <param name="queue">The queue.</param>
/// <param name="drain">Whether the silo is shutting down.</param>
/// <param name="options">What <c>Retry-After</c> says.</param>
internal sealed class IntakeGate(IQueueStatus queue, DrainState drain, IOptions<QueueOptions> options)
{
    /// <summary>What <c>Retry-After</c> says, in seconds.</summary>
    public int RetryAfterSeconds => options.Value.RetryAfterSeconds;

    /// <summary>Why nothing is accepted; null when it is.</summary>
    public ApiProblem? Refusal()
    {
        if (drain.IsDraining) return Problem.Draining(RetryAfterSeconds);
        return queue.IsFull ? Problem.QueueFull(RetryAfterSeconds) : null;
    }
}
