using DlqCluster.Conversations;
using DlqCluster.Hosting;
using DlqCluster.Recipients;

namespace DlqCluster.Messages;

/// <summary>What a message needs next.</summary>
internal enum MessageNeed
{
    /// <summary>Send it.</summary>
    Send,

    /// <summary>Wait until <see cref="MessageStep.At"/>.</summary>
    Wait,

    /// <summary>Record that it has expired.</summary>
    Expire,

    /// <summary>Tell the dead-letter partition.</summary>
    TellPartition,

    /// <summary>Nothing: it has ended, and everybody knows.</summary>
    Nothing,
}

/// <summary>What a message needs next, and when.</summary>
internal readonly record struct MessageStep(MessageNeed Need, DateTimeOffset At = default);

/// <summary>
/// A message's life as a table: each function takes the record, what happened and the time, and returns the next record. No clock, no
/// input or output, no waiting.
/// </summary>
internal static class MessageLifecycle
{
    /// <summary>
    /// When it may be sent at the earliest; null for at once. Of one that is pending the time of its attempt says only its place among others:
    /// a clock that is set back must not make it wait.
    /// </summary>
    public static DateTimeOffset? DueAt(MessageRecord record) => record.State == MessageState.Pending ? null : record.NextAttemptAt;

    /// <summary>
    /// The time as far as a message is concerned. A backoff that seems to have more left than any backoff can have was written before the clock
    /// was set back: it is over.
    /// </summary>
    public static DateTimeOffset TimeFor(MessageRecord record, TimeSpan longestBackoff, DateTimeOffset now)
    {
        var isBack = record.State == MessageState.Retrying && record.NextAttemptAt - now > longestBackoff;
        return isBack && !(record.Envelope.ExpiresAt <= record.NextAttemptAt) ? record.NextAttemptAt!.Value : now;
    }

    /// <summary>What the message needs now.</summary>
    public static MessageStep Next(MessageRecord record, DateTimeOffset now)
    {
        if (record.Owed is not null) return new(MessageNeed.TellPartition);
        if (record.HasEnded) return new(MessageNeed.Nothing);
        if (record.Envelope.ExpiresAt <= now) return new(MessageNeed.Expire);
        if (DueAt(record) is { } due && due > now) return new(MessageNeed.Wait, record.Envelope.ExpiresAt < due ? record.Envelope.ExpiresAt.Value : due);
        return new(MessageNeed.Send);
    }

    /// <summary>A new message.</summary>
    public static MessageRecord Accept(SubmitMessage submit, DateTimeOffset now)
    {
        var later = submit.Envelope.DeliverAt > now;
        return new MessageRecord
        {
            State = later ? MessageState.Scheduled : MessageState.Pending,
            Envelope = submit.Envelope with { AcceptedAt = now },
            RequestHash = submit.RequestHash,
            NextAttemptAt = later ? submit.Envelope.DeliverAt : null,
            Revision = 1,
        };
    }

    /// <summary>A dead letter that is to be delivered once more. <paramref name="known"/> is null when the message had been forgotten.</summary>
    public static MessageRecord Replay(MessageRecord? known, ReplayMessage replay, DateTimeOffset now) => new()
    {
        State = MessageState.Pending,
        // It waits its turn among what is ready now, not among what was ready when it was accepted.
        NextAttemptAt = now,
        Envelope = replay.Envelope,
        RequestHash = known?.RequestHash,
        Attempts = known?.Attempts ?? [],
        Generation = replay.Generation,
        Revision = (known?.Revision ?? 0) + 1,
        Receipts = known?.Receipts,
        FirstTarget = replay.Envelope.OrderingKey is null ? null : known?.FirstTarget ?? known?.Envelope.Target,
    };

    /// <summary>Whether, and how, a replay can be taken on; null when it can.</summary>
    public static ReplayProgress? AnswerReplay(MessageRecord? known, int generation)
    {
        if (known is null) return null;
        if (known.State == MessageState.Delivered) return ReplayProgress.Delivered;
        if (known.Generation >= generation) return Progress(known, generation);
        // A replay proves that the partition has the letter, even when this grain has not yet seen the partition's answer.
        return (known.HasEnded && known.MayHaveLetter) || known.Owed is { End: MessageState.DeadLettered } ? null : ReplayProgress.Failed;
    }

    /// <summary>How a replay is doing.</summary>
    public static ReplayProgress Progress(MessageRecord? known, int generation)
    {
        if (known is null || known.Generation < generation) return ReplayProgress.Unknown;
        if (known.State == MessageState.Delivered) return ReplayProgress.Delivered;
        if (known.Generation > generation) return ReplayProgress.Failed;
        return known.HasEnded && known.Owed is null ? ReplayProgress.Failed : ReplayProgress.UnderWay;
    }

    /// <summary>An attempt came to its end.</summary>
    /// <param name="record">The message.</param>
    /// <param name="attempt">The attempt; its number is one more than the attempts made.</param>
    /// <param name="result">What the downstream made of it.</param>
    /// <param name="policy">The message's retry policy.</param>
    /// <param name="draw">Evenly drawn from 0 up to 1, for the jitter.</param>
    /// <param name="now">The time.</param>
    /// <param name="attemptsKept">How many attempts to keep.</param>
    public static MessageRecord AfterAttempt(
        MessageRecord record, Attempt attempt, AttemptResult result, RetryPolicy policy, double draw, DateTimeOffset now, int attemptsKept)
    {
        var next = record with
        {
            AttemptsMade = attempt.Number,
            Attempts = Append(record.Attempts, attempt, attemptsKept),
            NextAttemptAt = null,
            Hold = null,
            Revision = record.Revision + 1,
        };
        switch (result.Outcome)
        {
            case AttemptOutcome.Delivered:
                return End(next, MessageState.Delivered, now);
            case AttemptOutcome.TransientFailure when policy.AllowsAnother(attempt.Number):
                return next with { State = MessageState.Retrying, NextAttemptAt = now + policy.Backoff(attempt.Number, draw, result.RetryAfter) };
            default:
                // The payload stays until the partition has it.
                return next with
                {
                    State = MessageState.Retrying,
                    Owed = new LetterNews
                    {
                        End = MessageState.DeadLettered,
                        ErrorReason = result.Error,
                        ErrorStack = result.Detail,
                        ErrorType = result.ErrorType,
                    },
                };
        }
    }

    /// <summary>The message comes to an end. What remains is a receipt.</summary>
    public static MessageRecord End(MessageRecord record, MessageState end, DateTimeOffset now) => record with
    {
        State = end,
        Envelope = record.Envelope with { Payload = default },
        NextAttemptAt = null,
        Hold = null,
        EndedAt = now,
        Owed = record.Generation > 0 && end != MessageState.DeadLettered ? new LetterNews { End = end } : null,
        Revision = record.Revision + 1,
    };

    /// <summary>Its recipient does not want it now.</summary>
    public static MessageRecord HoldBack(MessageRecord record, Hold hold) =>
        record with { State = MessageState.Scheduled, Hold = hold, Revision = record.Revision + 1 };

    /// <summary>The partition has been told.</summary>
    public static MessageRecord Told(MessageRecord record, DateTimeOffset now) =>
        record.Owed is { End: MessageState.DeadLettered }
            ? End(record, MessageState.DeadLettered, now)
            : record with { Owed = null, Revision = record.Revision + 1 };

    /// <summary>When the receipt of an ended message may be forgotten; one of a conversation not before its recipients' receipts.</summary>
    public static DateTimeOffset ForgetAt(MessageRecord record, IdempotencyOptions options, ConversationOptions conversations)
    {
        var kept = options.Window;
        if (record.Envelope.Conversation is not null && conversations.ReceiptRetention > kept) kept = conversations.ReceiptRetention;
        return (record.EndedAt ?? record.Envelope.AcceptedAt) + kept;
    }

    /// <summary>Which message goes first: the one that became ready earliest, with a head start by priority. As ranks are times, waiting makes
    /// up for any priority, and nothing starves.</summary>
    /// <param name="priority">The message's priority.</param>
    /// <param name="readyAt">When it became ready.</param>
    public static DateTimeOffset Rank(MessagePriority priority, DateTimeOffset readyAt) => readyAt + priority switch
    {
        MessagePriority.Critical => TimeSpan.Zero,
        MessagePriority.High => TimeSpan.FromSeconds(2),
        MessagePriority.Normal => TimeSpan.FromSeconds(10),
        _ => TimeSpan.FromSeconds(60),
    };

    private static Attempt[] Append(IReadOnlyList<Attempt> attempts, Attempt attempt, int kept)
    {
        var skipped = Math.Max(0, attempts.Count + 1 - kept);
        var result = new Attempt[attempts.Count + 1 - skipped];
        for (var i = 0; i < result.Length - 1; i++) result[i] = attempts[i + skipped];
        result[^1] = attempt;
        return result;
    }
}
