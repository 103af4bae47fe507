using System.Globalization;
using DlqCluster.Breakers;
using DlqCluster.Delivery;
using DlqCluster.Downstreams;
using DlqCluster.Ordering;
using DlqCluster.Recipients;

namespace DlqCluster.Messages;

/// <summary>Everything that decides when a message is sent, at one moment.</summary>
internal sealed record MessageSnapshot
{
    /// <summary>The moment.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The message.</summary>
    public required MessageRecord Record { get; init; }

    /// <summary>Whether an attempt is on its way.</summary>
    public bool IsSending { get; init; }

    /// <summary>Its downstream; null when there is none.</summary>
    public Downstream? Downstream { get; init; }

    /// <summary>Whether delivery is paused altogether.</summary>
    public bool AllPaused { get; init; }

    /// <summary>Whether delivery to its downstream is paused, by itself or with all.</summary>
    public bool Paused { get; init; }

    /// <summary>Whether its downstream's secrets cannot be opened.</summary>
    public bool Locked { get; init; }

    /// <summary>Whether the silo is shutting down.</summary>
    public bool IsDraining { get; init; }

    /// <summary>Its downstream's circuit breaker.</summary>
    public BreakerView? Breaker { get; init; }

    /// <summary>The gate to its downstream on this silo.</summary>
    public GateCounts Gate { get; init; }

    /// <summary>Its place among those of its ordering key; null when it has none.</summary>
    public LaneSpot? Spot { get; init; }

    /// <summary>The first message of its ordering key; null when that is itself or not known.</summary>
    public MessageView? Head { get; init; }
}

/// <summary>Says why a message has not been sent, from what is known of it. No clock, no input or output.</summary>
internal static class MessageExplainer
{
    private const int MaxError = 200;

    /// <summary>Explains.</summary>
    public static IReadOnlyList<MessageReason> Explain(MessageSnapshot seen)
    {
        var (record, now) = (seen.Record, seen.Now);
        if (record.HasEnded) return [new(WaitReason.Ended, $"It has ended: it is {Name(record.State)} since {Text(record.EndedAt)}.", null)];
        if (record.Owed is not null)
            return [new(WaitReason.DeadLettering, "It could not be delivered, and is just being handed over to the dead-letter queue.", now)];
        if (seen.IsSending) return [new(WaitReason.BeingSent, $"Attempt {Number(record)} is on its way to {record.Envelope.Target}.", now)];
        if (record.Envelope.ExpiresAt <= now)
            return [new(WaitReason.Expiring, $"It expired at {Text(record.Envelope.ExpiresAt)} and will not be sent any more.", null)];
        MessageReason?[] all = [Wait(record, now), Recipient(record, now), Ordering(seen), .. Way(seen)];
        var reasons = all.OfType<MessageReason>().ToArray();
        return reasons.Length > 0 ? reasons : [new(WaitReason.Ready, $"Nothing stands in its way: it is about to be sent to {record.Envelope.Target}.", now)];
    }

    /// <summary>When all that has to be over will be; null when that cannot be known of one of them.</summary>
    public static DateTimeOffset? ExpectedAt(IReadOnlyList<MessageReason> reasons) =>
        reasons.All(static reason => reason.ExpectedAt is not null) ? reasons.Max(static reason => reason.ExpectedAt) : null;

    private static MessageReason? Wait(MessageRecord record, DateTimeOffset now)
    {
        if (record.NextAttemptAt is not { } due || due <= now) return null;
        if (record.State == MessageState.Scheduled) return new(WaitReason.Scheduled, $"It is scheduled for {Text(due)}.", due);
        var last = record.Attempts.Count > 0 ? $" with {ErrorTypes.Name(record.Attempts[^1].ErrorType ?? ErrorType.Unknown)}" : "";
        var error = record.Attempts is [.., { Error: { Length: > 0 } text }] ? $" ({(text.Length > MaxError ? text[..MaxError] + "…" : text)})" : "";
        return new(WaitReason.Backoff, $"Attempt {record.AttemptsMade} failed{last}{error}; attempt {Number(record)} is due at {Text(due)}.", due);
    }

    private static MessageReason? Recipient(MessageRecord record, DateTimeOffset now)
    {
        if (record.Hold is not { } hold || hold.Until <= now) return null;
        var who = record.Envelope.Notice?.RecipientId;
        return hold.Reason == HoldReason.Muted
            ? new(WaitReason.Muted, $"Its recipient {who} is muted until {Text(hold.Until)}.", hold.Until)
            : new(WaitReason.QuietHours, $"Its recipient {who} has quiet hours until {Text(hold.Until)}.", hold.Until);
    }

    private static MessageReason? Ordering(MessageSnapshot seen)
    {
        if (seen.Spot is not { Ahead: > 0 } spot) return null;
        var key = seen.Record.Envelope.OrderingKey;
        if (spot.BlockedSince is { } since)
        {
            return new(WaitReason.OrderingBlocked,
                $"Message {spot.HeadMessageId} of its ordering key '{key}' is a dead letter and holds up those behind it since {Text(since)}, "
                + "until it is replayed, discarded or skipped.", null, spot.HeadMessageId);
        }

        var head = seen.Head is null ? "" : $" is {Name(seen.Head.State)}" + (seen.Head.NextAttemptAt > seen.Now ? $" until {Text(seen.Head.NextAttemptAt)}" : "");
        return new(WaitReason.OrderingHead,
            $"{spot.Ahead} of its ordering key '{key}' {(spot.Ahead == 1 ? "is" : "are")} before it; the first, {spot.HeadMessageId},{(head.Length == 0 ? " is on its way" : head)}.",
            null, spot.HeadMessageId);
    }

    private static string Pause(MessageSnapshot seen, string target) => seen switch
    {
        { AllPaused: true } => "All delivery is paused.",
        { Locked: true } => $"The secrets of {target} cannot be opened, so nothing is sent to it: bring the key ring back, or define it anew.",
        _ => $"Delivery to {target} is paused.",
    };

    /// <summary>What stands between a ready message and its downstream.</summary>
    private static IEnumerable<MessageReason> Way(MessageSnapshot seen)
    {
        var target = seen.Record.Envelope.Target;
        if (seen.Downstream is not { } downstream)
        {
            yield return new(WaitReason.NoDownstream, $"The downstream {target} does not exist any more: when its turn comes it is dead-lettered.", null);
            yield break;
        }

        if (seen.IsDraining) yield return new(WaitReason.Draining, "The service is shutting down; the next start goes on.", null);
        if (seen.Paused) yield return new(WaitReason.Paused, Pause(seen, target), null);
        // What opens before it is due does not hold it up.
        var isLater = seen.Record.NextAttemptAt > seen.Now;
        if (seen.Breaker is { State: not BreakerState.Closed } breaker)
        {
            if (!isLater || breaker.NextProbeAt is null || breaker.NextProbeAt > seen.Record.NextAttemptAt) yield return Breaker(breaker, seen.Now);
        }
        else if (!seen.Paused && !isLater && seen.Gate.InFlight >= downstream.MaxConcurrency)
        {
            yield return new(WaitReason.Bulkhead,
                $"All {downstream.MaxConcurrency} places to {target} are taken; {seen.Gate.Waiting} wait for one in memory, others in the ledger.", null);
        }
        else if (!seen.Paused && !isLater && downstream.RatePerSecond is { } rate && seen.Gate.Waiting > 0)
        {
            yield return new(WaitReason.RateLimit,
                $"{target} takes {rate.ToString(CultureInfo.InvariantCulture)} a second, and {seen.Gate.Waiting} wait in memory.", seen.Now.AddSeconds(seen.Gate.Waiting / rate));
        }
    }

    private static MessageReason Breaker(BreakerView breaker, DateTimeOffset now) => breaker switch
    {
        { Mode: BreakerMode.ForcedOpen } => new(WaitReason.BreakerOpen, $"The circuit breaker of {breaker.Name} is held open by an operator.", null),
        { State: BreakerState.HalfOpen } =>
            new(WaitReason.BreakerHalfOpen, $"The circuit breaker of {breaker.Name} is half-open: only probes pass until it closes.", null),
        _ => new(WaitReason.BreakerOpen,
            $"The circuit breaker of {breaker.Name} is open since {Text(breaker.OpenedAt)}; the next probe is due at {Text(breaker.NextProbeAt)}.",
            breaker.NextProbeAt > now ? breaker.NextProbeAt : now),
    };

    private static int Number(MessageRecord record) => record.AttemptsMade + 1;

    private static string Name(MessageState state) => char.ToLowerInvariant(state.ToString()[0]) + state.ToString()[1..];

    private static string Text(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) ?? "an unknown time";
}
