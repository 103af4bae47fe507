using DlqCluster.Hosting;
using DlqCluster.Messages;
using DlqCluster.Replays;

namespace DlqCluster.DeadLetters;

/// <summary>What starts a replay, and what it is to send.</summary>
internal sealed record ReplayStart
{
    /// <summary>What starts it.</summary>
    public ReplayTrigger Trigger { get; private init; }

    /// <summary>Who, when a person does.</summary>
    public string? By { get; private init; }

    /// <summary>Why, in that person's words.</summary>
    public string? Reason { get; private init; }

    /// <summary>The replay job, when one does.</summary>
    public string? JobId { get; private init; }

    /// <summary>What to send instead of the original.</summary>
    public Payload? Payload { get; private init; }

    /// <summary>Where to send it instead.</summary>
    public string? Target { get; private init; }

    /// <summary>Whether it carries an edit that somebody made for it, and not one of an earlier replay.</summary>
    private bool IsEdit { get; init; }

    /// <summary>The letter's schedule: a letter that was redirected stays redirected, one that was edited stays edited.</summary>
    /// <param name="letter">The letter.</param>
    public static ReplayStart BySchedule(Letter letter)
    {
        var (payload, target) = LetterLifecycle.Edits(letter);
        return new ReplayStart { Trigger = ReplayTrigger.Schedule, Payload = payload, Target = target };
    }

    /// <summary>A replay job. Edits of earlier replays stay, as with a schedule: nobody has looked at the single letter.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="job">The job.</param>
    public static ReplayStart ByJob(Letter letter, JobLetters job) =>
        BySchedule(letter) with { Trigger = ReplayTrigger.Job, By = job.By, Reason = job.Reason, JobId = job.JobId };

    /// <summary>A person, who says what to send: the original unless told otherwise.</summary>
    /// <param name="request">The request.</param>
    public static ReplayStart ByOperator(ReplayLetter request) => new()
    {
        Trigger = ReplayTrigger.Operator,
        By = request.By,
        Reason = request.Reason,
        Payload = request.Payload,
        Target = request.Target,
        IsEdit = request.Payload is not null,
    };

    /// <summary>Where the payload differs from the original.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="options">How much is kept.</param>
    public IReadOnlyList<PayloadChange> Changes(Letter letter, DlqOptions options) =>
        IsEdit && Payload is { } edited ? PayloadChanges.Between(letter.OriginalMessage.Payload, edited, options.MaxChangesKept, options.MaxChangeLength) : [];
}
