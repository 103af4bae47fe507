using System.Globalization;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Api.Json;

/// <summary>Tells a letter's story from what it carries. No clock, no input or output.</summary>
internal static class LetterHistory
{
    /// <summary>The attempts that a letter and its message know, each once, in order.</summary>
    /// <param name="letter">The letter's.</param>
    /// <param name="message">The message's, where it is still remembered.</param>
    public static IReadOnlyList<Attempt> Merge(IReadOnlyList<Attempt> letter, IReadOnlyList<Attempt> message) =>
        [.. letter.Concat(message).DistinctBy(static attempt => (attempt.Generation, attempt.Number)).OrderBy(static attempt => (attempt.Generation, attempt.Number))];

    /// <summary>Everything that happened, oldest first.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="attempts">Its attempts.</param>
    public static IReadOnlyList<HistoryItem> Of(Letter letter, IReadOnlyList<Attempt> attempts)
    {
        HistoryItem[] beginning =
        [
            new(letter.OriginalMessage.AcceptedAt, "accepted", letter.Metadata.Source),
            new(letter.CreatedAt, "deadLettered", Detail: letter.FailedAgainAt is null ? letter.ErrorReason : null),
        ];
        // What began at the same moment stays in this order: sorting is stable.
        return [.. beginning[..1]
            .Concat(attempts.Select(Of))
            .Append(beginning[1])
            .Concat(letter.ReplayAttempts.SelectMany(Of))
            .Concat(letter.Events.Select(static what => new HistoryItem(what.At, JsonNames<LetterActKind>.Names[what.Kind], what.By, what.Text)))
            .OrderBy(static item => item.At)];
    }

    private static HistoryItem Of(Attempt attempt)
    {
        var status = attempt.StatusCode is { } code ? string.Create(CultureInfo.InvariantCulture, $" ({code})") : "";
        var detail = attempt.Outcome == AttemptOutcome.Delivered ? "delivered" + status : $"{attempt.Error ?? "failed"}{status}";
        return new HistoryItem(attempt.StartedAt, "attempt", Detail: detail, Generation: attempt.Generation);
    }

    private static IEnumerable<HistoryItem> Of(ReplayAttempt replay)
    {
        var by = replay.By ?? JsonNames<ReplayTrigger>.Names[replay.Trigger];
        yield return new HistoryItem(replay.StartedAt, "replayStarted", by, replay.Reason, Difference(replay), replay.Generation);
        if (replay.EndedAt is not { } ended) yield break;
        yield return new HistoryItem(
            ended, replay.Delivered == true ? "replayDelivered" : "replayFailed", Detail: replay.Error, Generation: replay.Generation);
    }

    private static string? Difference(ReplayAttempt replay)
    {
        var edited = replay.Changes.Count > 0 ? "edited at " + string.Join(", ", replay.Changes.Select(static change => change.Path.Length == 0 ? "/" : change.Path))
            : replay.Payload is not null ? "edited" : null;
        var redirected = replay.Target is null ? null : "sent to " + replay.Target;
        return edited is null ? redirected : redirected is null ? edited : $"{edited}; {redirected}";
    }
}
