using DlqCluster.Messages;
using DlqCluster.Simulation.Downstreams;
using DlqCluster.Simulation.Silos;

namespace DlqCluster.Simulation.Promises;

/// <summary>Promise 4: attempts never exceed the policy, every one that is counted was made, and each delay lies within the bounds.</summary>
internal sealed class WithinPolicy(World world) : Promise(world)
{
    private static readonly TimeSpan _rounding = TimeSpan.FromMilliseconds(1);

    public override void OnSend(MessageFile file, Send send)
    {
        if (send.Attempt > 1 + MostRetries(file)) Broken($"{send}, of at most {1 + MostRetries(file)}");
        if (file.Record is { } record && send.Attempt != record.AttemptsMade + 1 && !WasHeldTwice(file, file.WrittenAt))
            Broken($"{send}, after {record.AttemptsMade} recorded attempts");
        if (send.Attempt == 1 || World.WorstClockError > TimeSpan.Zero) return;
        var previous = file.Sends.FindLast(earlier => earlier.Generation == send.Generation && earlier.Attempt == send.Attempt - 1 && !earlier.MayBeOutOfDate);
        if (previous?.Told is not { } told || WasHeldTwice(file, previous.StartedAt)) return;
        var (least, _) = Bounds(previous.Attempt, told);
        var waited = send.StartedAt - previous.EndedAt!.Value;
        if (waited < least - _rounding) Broken($"{send}, {waited.TotalMilliseconds} ms after the one before; the policy wants {least.TotalMilliseconds}");
    }

    public override void OnRecord(MessageFile file, MessageRecord? before, MessageRecord after, VirtualSilo writer)
    {
        var made = after.AttemptsMade - (before is { } known && known.Generation == after.Generation ? known.AttemptsMade : 0);
        if (made is < 0 or > 1) Broken($"{file} counts {after.AttemptsMade} attempts, after {before?.AttemptsMade ?? 0}");
        if (made != 1) return;
        var send = file.Sends.FindLast(send => send.Generation == after.Generation && send.Attempt == after.AttemptsMade && send.Silo == writer);
        if (send?.Told is not { } told)
        {
            Broken($"{file} counts attempt {after.AttemptsMade} of generation {after.Generation}, which {writer.Name} never made");
            return;
        }

        var isDelivered = told.Outcome == AttemptOutcome.Delivered;
        if (isDelivered != (after.State == MessageState.Delivered)) Broken($"{file} is {after.State} after an attempt that ended in {told.Outcome}");
        if (isDelivered) return;
        var mayRetry = told.Outcome == AttemptOutcome.TransientFailure && after.AttemptsMade <= MostRetries(file);
        if (mayRetry != (after.Owed is null)) Broken($"{file} {(mayRetry ? "is given up" : "goes on")} after attempt {after.AttemptsMade}");
        if (mayRetry) CheckNext(file, send, told, after);
    }

    private void CheckNext(MessageFile file, Send send, AttemptResult told, MessageRecord after)
    {
        if (World.WorstClockError > TimeSpan.Zero || after.NextAttemptAt is not { } next) return;
        var (least, most) = Bounds(send.Attempt, told);
        var earliest = Time.SimulatedTime.Start + send.EndedAt!.Value + least - _rounding;
        if (next < earliest || next > World.Process.GetUtcNow() + most + _rounding)
            Broken($"{file} will be tried at {next:O}, not {least.TotalMilliseconds} to {most.TotalMilliseconds} ms after {send}");
    }

    private int MostRetries(MessageFile file) => file.Spec?.MaxRetries ?? World.Plan.Setup.MaxRetries;

    /// <summary>The policy, written down a second time: 2 to the power of the retry, cut, spread, and not before the downstream wants it.</summary>
    private (TimeSpan Least, TimeSpan Most) Bounds(int retry, AttemptResult told)
    {
        var setup = World.Plan.Setup;
        var middle = Math.Min(setup.BaseBackoffMs * Math.Pow(2, retry - 1), setup.MaxBackoffMs);
        var spread = middle * setup.JitterPercent / 100;
        var least = middle - spread;
        var most = Math.Min(middle + spread, setup.MaxBackoffMs);
        if (told.RetryAfter is { } asked)
        {
            least = Math.Max(least, Math.Min(asked.TotalMilliseconds, setup.MaxBackoffMs));
            most = Math.Max(most, Math.Min(asked.TotalMilliseconds * (1 + (setup.JitterPercent / 100.0)), setup.MaxBackoffMs));
        }

        return (TimeSpan.FromMilliseconds(least), TimeSpan.FromMilliseconds(most));
    }
}
