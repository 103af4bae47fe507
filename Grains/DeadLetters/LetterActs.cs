using DlqCluster.Hosting;

namespace DlqCluster.DeadLetters;

/// <summary>
/// What people may do with a letter beside replaying it, as a table: each function takes the letter, what is asked and the time, and
/// returns how it ends and the next letter, if there is one. No clock, no input or output.
/// </summary>
internal static class LetterActs
{
    /// <summary>Decides about an act.</summary>
    /// <param name="letter">The letter; null when there is none.</param>
    /// <param name="act">What is asked.</param>
    /// <param name="now">The time.</param>
    /// <param name="options">How much is kept.</param>
    public static (LetterActOutcome Outcome, Letter? Next) Decide(Letter? letter, LetterAct act, DateTimeOffset now, DlqOptions options)
    {
        if (letter is null) return (LetterActOutcome.NotFound, null);
        if (letter.LastFailedAt > act.AsOf) return (LetterActOutcome.FailedSince, null);
        return act.Kind switch
        {
            LetterActKind.Note => Done(letter),
            LetterActKind.Discard => Discard(letter),
            LetterActKind.Restore => Restore(letter),
            _ => throw new ArgumentOutOfRangeException(nameof(act), act.Kind, "This is not done to letters that are there."),
        };

        (LetterActOutcome Outcome, Letter? Next) Discard(Letter known) => known.Status switch
        {
            // Its message is on its way: whether it arrives decides what the letter is.
            LetterStatus.Processing => (LetterActOutcome.UnderReplay, null),
            LetterStatus.Resolved => (LetterActOutcome.AlreadyResolved, null),
            _ => Done(known with { Status = LetterStatus.Resolved, Resolution = LetterResolution.Discarded, NextRetryAt = null }),
        };

        // What was planned when it was discarded may be long past: a person took it away and brought it back, and a person replays it.
        (LetterActOutcome Outcome, Letter? Next) Restore(Letter known) => known.Resolution == LetterResolution.Discarded
            ? Done(known with { Status = LetterStatus.Manual })
            : (LetterActOutcome.NotDiscarded, null);

        (LetterActOutcome Outcome, Letter? Next) Done(Letter changed) =>
            (LetterActOutcome.Done, Record(changed, new LetterEvent(now, act.Kind, act.By, act.Text), options));
    }

    /// <summary>A letter that an export has brought, as this system takes it in.</summary>
    /// <param name="letter">The letter as it was exported.</param>
    /// <param name="by">Who imports it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="now">The time.</param>
    /// <param name="options">How much is kept.</param>
    public static Letter Import(Letter letter, string by, string? reason, DateTimeOffset now, DlqOptions options)
    {
        var taken = Record(letter, new LetterEvent(now, LetterActKind.Import, by, reason), options) with { Version = 0 };
        // The replay that was under way is another system's.
        return Settle(taken.Status == LetterStatus.Processing ? taken with { Status = LetterStatus.Manual, NextRetryAt = null } : taken);
    }

    /// <summary>The letter with what follows from its status: how it was resolved, and since when it has been closed.</summary>
    /// <param name="letter">The letter as it is about to be stored.</param>
    public static Letter Settle(Letter letter)
    {
        var closed = letter.Status is LetterStatus.Resolved or LetterStatus.Failed;
        return letter with
        {
            Resolution = letter.Status == LetterStatus.Resolved ? letter.Resolution ?? LetterResolution.Delivered : null,
            ClosedAt = closed ? letter.ClosedAt ?? letter.UpdatedAt : null,
        };
    }

    private static Letter Record(Letter letter, LetterEvent what, DlqOptions options) => letter with
    {
        Events = [.. letter.Events.TakeLast(options.MaxEventsKept - 1), what],
        UpdatedAt = what.At,
    };
}
