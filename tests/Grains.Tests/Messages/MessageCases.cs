using DlqCluster.Grains.Tests.Support;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Messages;

/// <summary>Every kind of record that a message can have, by name.</summary>
internal static class MessageCases
{
    public static readonly MessageState[] Ends =
        [MessageState.Delivered, MessageState.DeadLettered, MessageState.Cancelled, MessageState.Expired, MessageState.Suppressed];

    public static readonly AttemptResult Transient = AttemptResult.Failed(ErrorType.Server, "HTTP 503");

    public static readonly IReadOnlyDictionary<string, MessageRecord> Records = Make();

    public static ReplayMessage Replay(int generation) => new(generation, Samples.Envelope("""{"edited":true}""", "elsewhere"));

    public static MessageRecord After(
        MessageRecord record, AttemptResult result, int maxRetries = 3, int kept = 50, DateTimeOffset? at = null, double draw = 0.5) =>
        MessageLifecycle.AfterAttempt(
            record,
            new Attempt { Number = record.AttemptsMade + 1, Generation = record.Generation, Outcome = result.Outcome },
            result,
            new RetryPolicy(maxRetries, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), 0.2),
            draw,
            at ?? Samples.Start,
            kept);

    private static Dictionary<string, MessageRecord> Make()
    {
        var now = Samples.Start;
        var pending = new MessageRecord { State = MessageState.Pending, Envelope = Samples.Envelope(), RequestHash = "hash", Revision = 1 };
        var outOfDate = pending.Envelope with { ExpiresAt = now.AddSeconds(-1) };
        var retrying = pending with { State = MessageState.Retrying, AttemptsMade = 1, NextAttemptAt = now.AddSeconds(5) };
        var deadLetter = new LetterNews { End = MessageState.DeadLettered, ErrorReason = "no", ErrorType = ErrorType.Client };
        var spent = pending with { State = MessageState.Retrying, AttemptsMade = 4, Owed = deadLetter };
        var replay = pending with { Generation = 1, NextAttemptAt = now };
        MessageRecord Ended(MessageRecord record, MessageState end) => MessageLifecycle.End(record, end, now);
        return new()
        {
            ["pending"] = pending,
            ["scheduled"] = pending with { State = MessageState.Scheduled, NextAttemptAt = now.AddHours(1) },
            ["scheduled, due"] = pending with { State = MessageState.Scheduled, NextAttemptAt = now },
            ["retrying"] = retrying,
            ["retrying, due"] = retrying with { NextAttemptAt = now },
            ["pending, out of date"] = pending with { Envelope = outOfDate },
            ["retrying, out of date"] = retrying with { Envelope = outOfDate },
            ["budget spent"] = spent,
            ["budget spent, out of date"] = spent with { Envelope = outOfDate },
            ["delivered"] = Ended(pending, MessageState.Delivered),
            ["cancelled"] = Ended(pending, MessageState.Cancelled),
            ["expired"] = Ended(pending, MessageState.Expired),
            ["suppressed"] = Ended(pending, MessageState.Suppressed),
            ["dead-lettered"] = MessageLifecycle.Told(spent, now),
            ["replay pending"] = replay,
            ["replay retrying"] = replay with { State = MessageState.Retrying, AttemptsMade = 1, NextAttemptAt = now.AddSeconds(5) },
            ["replay failed"] = replay with { State = MessageState.Retrying, AttemptsMade = 4, NextAttemptAt = null, Owed = deadLetter },
            ["replay delivered"] = Ended(replay, MessageState.Delivered),
            ["replay delivered, told"] = MessageLifecycle.Told(Ended(replay, MessageState.Delivered), now),
            ["replay cancelled"] = Ended(replay, MessageState.Cancelled),
            ["replay dead-lettered"] = MessageLifecycle.Told(replay with { Owed = deadLetter }, now),
        };
    }
}
