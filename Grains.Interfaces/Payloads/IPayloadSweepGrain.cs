namespace DlqCluster.Payloads;

/// <summary>
/// Removes payloads that no message claims any more, such as those of a submit that was never acknowledged. One for all (key 0); one
/// reminder keeps it alive.
/// </summary>
[Alias("dlq.IPayloadSweepGrain")]
public interface IPayloadSweepGrain : IGrainWithIntegerKey, IRemindable
{
    /// <summary>Sees to it that the grain runs and that its reminder exists. May be called any number of times.</summary>
    [Alias("Start")]
    Task Start();
}
