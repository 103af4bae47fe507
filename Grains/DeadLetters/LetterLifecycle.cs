using DlqCluster.Downstreams;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using DlqCluster.Replays;

namespace DlqCluster.DeadLetters;

/// <summary>
/// A letter's life as a table: each function takes the letter, what happened and the time, and returns the next letter, or null when
/// nothing changes. No clock, no input or output.
/// </summary>
internal static class LetterLifecycle
{
    /// <summary>A message could not be delivered, or a replay failed.</summary>
    /// <param name="known">The letter so far, if there is one.</param>
    /// <param name="message">The news.</param>
    /// <param name="now">The time.</param>
    /// <param name="options">The schedule.</param>
    /// <param name="calendar">The off-peak windows of the downstream that did not take it.</param>
    public static Letter? Admit(Letter? known, DeadLetterMessage message, DateTimeOffset now, DlqOptions options, OffPeakCalendar? calendar = null)
    {
        if (known is null) return Plan(WithFailure(NewLetter(message, now), message, 0, options), now, options, calendar);
        // Only the replay that is under way can fail; anything else has been heard before.
        if (known.Status != LetterStatus.Processing || message.Generation != known.Generation) return null;
        var ended = EndReplay(known, delivered: false, message.ErrorReason, now);
        return Plan(WithFailure(ended with { FailedAgainAt = now }, message, known.DlqRetryCount + 1, options), now, options, calendar);
    }

    /// <summary>Starts a replay.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="start">What starts it, and what is sent.</param>
    /// <param name="now">The time.</param>
    /// <param name="options">How much is kept.</param>
    public static Letter StartReplay(Letter letter, ReplayStart start, DateTimeOffset now, DlqOptions options)
    {
        var attempt = new ReplayAttempt
        {
            Generation = letter.Generation + 1,
            StartedAt = now,
            Trigger = start.Trigger,
            By = start.By,
            Reason = start.Reason,
            JobId = start.JobId,
            Payload = start.Payload,
            Target = start.Target,
            Changes = start.Changes(letter, options),
        };
        return letter with
        {
            Status = LetterStatus.Processing,
            Generation = attempt.Generation,
            // A manual replay replaces the one that was planned.
            NextRetryAt = null,
            ReplayAttempts = letter.ReplayAttempts.TakeLast(options.MaxReplaysKept - 1).Append(attempt).ToArray(),
            UpdatedAt = now,
        };
    }

    /// <summary>A replay came to its end otherwise than by failing.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="generation">The replay.</param>
    /// <param name="end">How it ended.</param>
    /// <param name="now">The time.</param>
    public static Letter? ReplayEnded(Letter letter, int generation, MessageState end, DateTimeOffset now)
    {
        if (end == MessageState.Delivered) return Delivered(letter, generation, now);
        if (letter.Status != LetterStatus.Processing || letter.Generation != generation) return null;
        var error = end switch
        {
            MessageState.Expired => "The message expired.",
            MessageState.Suppressed => "Its recipient has switched its channel off.",
            _ => "The replay was cancelled.",
        };
        // What somebody cancelled, or what is out of date, is for people to decide.
        return EndReplay(letter, delivered: false, error, now) with { Status = LetterStatus.Manual, NextRetryAt = null };
    }

    /// <summary>A replay was started here but never reached its message: it is due again. It counts all the same, so that a letter whose
    /// replays are always lost does not go on for ever.</summary>
    public static Letter Reclaim(Letter letter, DateTimeOffset now, DlqOptions options)
    {
        var ended = EndReplay(letter, delivered: false, "The replay was lost.", now) with { DlqRetryCount = letter.DlqRetryCount + 1 };
        return ended.DlqRetryCount >= options.MaxReplays
            ? ended with { Status = LetterStatus.Failed, NextRetryAt = null }
            : ended with { Status = LetterStatus.Pending, NextRetryAt = now };
    }

    /// <summary>The message would not take the replay. That counts as a failed one, so that it cannot go on for ever.</summary>
    public static Letter Refused(Letter letter, DateTimeOffset now, DlqOptions options, OffPeakCalendar? calendar = null)
    {
        var ended = EndReplay(letter, delivered: false, "The message did not accept the replay.", now);
        return Plan(ended with { DlqRetryCount = letter.DlqRetryCount + 1 }, now, options, calendar);
    }

    /// <summary>How a letter stands with a replay job. The job leaves alone what has been replayed, or came in, since its selection.</summary>
    /// <param name="letter">The letter; null when it is gone.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="selectedAt">The moment of the job's selection.</param>
    public static JobLetterOutcome ForJob(Letter? letter, string jobId, DateTimeOffset selectedAt)
    {
        if (letter is null) return JobLetterOutcome.Skipped;
        if (letter.ReplayAttempts.LastOrDefault(attempt => attempt.JobId == jobId) is { } own)
            return own.Delivered switch { null => JobLetterOutcome.UnderWay, true => JobLetterOutcome.Delivered, false => JobLetterOutcome.Failed };
        var isFree = letter.Status is LetterStatus.Pending or LetterStatus.Failed or LetterStatus.Manual;
        var last = letter.ReplayAttempts.Count == 0 ? null : letter.ReplayAttempts[^1];
        var isLater = Ms(letter.CreatedAt) > Ms(selectedAt) || Ms(last?.StartedAt) >= Ms(selectedAt) || Ms(last?.EndedAt) >= Ms(selectedAt);
        return isFree && !isLater ? JobLetterOutcome.NotStarted : JobLetterOutcome.Skipped;

        // What every store keeps. Of what came back in the very millisecond of the selection nobody knows whether it was before.
        static long? Ms(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();
    }

    /// <summary>Where the letter's next scheduled replay goes: a letter that was redirected stays redirected, one that was edited stays edited.</summary>
    public static (Payload? Payload, string? Target) Edits(Letter letter) =>
        letter.ReplayAttempts.Count == 0 ? (null, null) : (letter.ReplayAttempts[^1].Payload, letter.ReplayAttempts[^1].Target);

    /// <summary>What a replay sends.</summary>
    /// <param name="letter">The letter, with the replay started.</param>
    public static ReplayMessage ToReplay(Letter letter)
    {
        var replay = letter.ReplayAttempts[^1];
        var original = letter.OriginalMessage;
        return new ReplayMessage(letter.Generation, original with
        {
            Payload = replay.Payload ?? original.Payload,
            Target = replay.Target ?? original.Target,
            DeliverAt = null,
            // A schedule respects the message's expiry; a person who replays it knows better.
            ExpiresAt = replay.Trigger == ReplayTrigger.Schedule ? original.ExpiresAt : null,
        });
    }

    /// <summary>
    /// Whether a letter may be what a half-open breaker probes with: when it has waited since its last failure for as long as a letter of the
    /// strategy <c>immediate</c> would have, so that a long outage does not use up its replays.
    /// </summary>
    public static bool MayProbe(Letter letter, DateTimeOffset now, DlqOptions options)
    {
        var failedAt = letter.ReplayAttempts.Count == 0 ? letter.CreatedAt : letter.ReplayAttempts[^1].EndedAt ?? now;
        return ReplaySchedule.Next(ReplayStrategy.Immediate, letter.DlqRetryCount, failedAt, options) <= now;
    }

    private static Letter NewLetter(DeadLetterMessage message, DateTimeOffset now) => new()
    {
        MessageId = message.MessageId,
        OriginalMessage = message.Envelope,
        CreatedAt = now,
        Generation = message.Generation,
        Metadata = new LetterMetadata
        {
            Source = message.Envelope.Source,
            Priority = message.Envelope.Priority,
            Tags = message.Envelope.Tags,
            Target = message.Envelope.Target,
            CorrelationId = message.Envelope.CorrelationId,
            SystemState = message.SystemState,
        },
    };

    private static Letter WithFailure(Letter letter, DeadLetterMessage message, int failedReplays, DlqOptions options) => letter with
    {
        ErrorReason = message.ErrorReason,
        ErrorStack = message.ErrorStack,
        ErrorType = message.ErrorType,
        Fingerprint = Fingerprint.Of(message.ErrorType, message.Envelope.Target, message.ErrorReason),
        RetryCount = message.Attempts,
        Attempts = message.AttemptLog,
        DlqRetryCount = failedReplays,
        Strategy = options.StrategyFor(message.ErrorType),
    };

    private static Letter Plan(Letter letter, DateTimeOffset now, DlqOptions options, OffPeakCalendar? calendar)
    {
        var usedUp = letter.DlqRetryCount >= options.MaxReplays;
        var next = usedUp ? null : ReplaySchedule.Next(letter.Strategy, letter.DlqRetryCount, now, options, calendar);
        return letter with
        {
            Status = usedUp ? LetterStatus.Failed : next is null ? LetterStatus.Manual : LetterStatus.Pending,
            NextRetryAt = next,
            UpdatedAt = now,
        };
    }

    /// <summary>
    /// A delivery is final, also when the letter had been told that the replay was lost or refused: an activation of the message that was out
    /// of date may have said so. Even if another replay was begun meanwhile, the message sends nothing any more.
    /// </summary>
    private static Letter? Delivered(Letter letter, int generation, DateTimeOffset now)
    {
        if (letter.Status == LetterStatus.Resolved || generation < 1 || generation > letter.Generation) return null;
        return letter with
        {
            Status = LetterStatus.Resolved,
            NextRetryAt = null,
            ReplayAttempts = letter.ReplayAttempts.Select(End).ToArray(),
            UpdatedAt = now,
        };

        ReplayAttempt End(ReplayAttempt attempt) => attempt.Generation == generation || attempt.EndedAt is null
            ? attempt with { EndedAt = now, Delivered = true, Error = null }
            : attempt;
    }

    private static Letter EndReplay(Letter letter, bool delivered, string? error, DateTimeOffset now)
    {
        var replays = letter.ReplayAttempts.ToArray();
        if (replays.Length > 0) replays[^1] = replays[^1] with { EndedAt = now, Delivered = delivered, Error = error };
        return letter with { ReplayAttempts = replays, UpdatedAt = now };
    }
}
