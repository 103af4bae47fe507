using DlqCluster.Messages;
using DlqCluster.Simulation.Downstreams;
using DlqCluster.Simulation.Silos;
using DlqCluster.Simulation.Workload;

namespace DlqCluster.Simulation.Promises;

/// <summary>Promise 6: one idempotency key, one message.</summary>
internal sealed class OneKeyOneMessage(World world) : Promise(world)
{
    private readonly Dictionary<MessageFile, int> _accepted = [];

    public override void OnSubmitted(MessageFile file, MessageSpec spec, int variant, SubmitResult result)
    {
        if (result.MessageId != file.Id) Broken($"{file} was answered as {result.MessageId}");
        if (result.Outcome == SubmitOutcome.LaneFull) return;
        if (result.Outcome == SubmitOutcome.Conflict)
        {
            if (file.Acknowledged == variant) Broken($"{file} was acknowledged, and its repeat is called another message");
            if (!file.Tried.Exists(tried => tried != variant)) Broken($"{file} is called another message, and there is no other");
            return;
        }

        if (file.Acknowledged is { } known && known != variant) Broken($"{file} was acknowledged with body {known}, and then with body {variant}");
        if (result.Outcome != SubmitOutcome.Accepted) return;
        if (_accepted.GetValueOrDefault(file) > 0) Broken($"{file} was newly accepted twice");
        _accepted[file] = 1;
    }

    public override void OnForgotten(MessageFile file, MessageRecord record, VirtualSilo writer) => _accepted.Remove(file);

    public override void OnSend(MessageFile file, Send send)
    {
        var (ordinal, variant) = MessageSpec.Read(send.Body);
        if (ordinal != file.Spec?.Ordinal) Broken($"{send} with the body of message {ordinal}");
        if (variant < Operator.Mended && file.Acknowledged is { } known && known != variant) Broken($"{send} with body {variant}; acknowledged was {known}");
    }
}
