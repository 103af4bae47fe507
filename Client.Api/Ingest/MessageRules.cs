using DlqCluster.Downstreams;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Ingest;

/// <summary>Checks the fields of a message against the limits.</summary>
/// <param name="options">The limits.</param>
/// <param name="time">The clock.</param>
internal sealed class MessageRules(IOptions<IngestOptions> options, TimeProvider time)
{
    private readonly IngestOptions _limits = options.Value;

    /// <summary>The limits.</summary>
    public IngestOptions Limits => _limits;

    /// <summary>Notes what is wrong in the draft.</summary>
    /// <param name="draft">The message.</param>
    /// <returns>The time that the message was checked against.</returns>
    public DateTimeOffset Check(MessageDraft draft)
    {
        var now = time.GetUtcNow();
        CheckText(draft, "target", draft.Target);
        CheckText(draft, "clientMessageId", draft.ClientMessageId);
        CheckText(draft, "correlationId", draft.CorrelationId);
        CheckText(draft, "source", draft.Source);
        CheckText(draft, "orderingKey", draft.OrderingKey);
        for (var i = 0; i < draft.Tags?.Count; i++)
        {
            if (TextError(draft.Tags[i]) is { } error) draft.Errors.Add($"tags[{i}]", error);
        }

        if (draft.Retry is { } retry) CheckRetry(draft, retry);
        CheckTimes(draft, now);
        return now;
    }

    /// <summary>What is wrong with a name, key or id; null when nothing is.</summary>
    /// <param name="text">The text.</param>
    public string? TextError(string text)
    {
        if (text.Length == 0) return "must not be empty";
        // Nothing can be found again by a name that nobody sees, and no grain is called so.
        if (string.IsNullOrWhiteSpace(text)) return "must not be blank";
        if (text.Length > _limits.MaxFieldLength) return $"has {text.Length} characters; at most {_limits.MaxFieldLength} are allowed (Ingest:MaxFieldLength)";
        return Texts.HasControlCharacters(text) ? "must not contain control characters" : null;
    }

    private void CheckText(MessageDraft draft, string field, string? text)
    {
        if (text is not null && TextError(text) is { } error) draft.Errors.Add(field, error);
    }

    private void CheckTimes(MessageDraft draft, DateTimeOffset now)
    {
        if (draft.DeliverAt is not null && draft.DelayMs is not null) draft.Errors.Add("delayMs", "cannot be given together with deliverAt");
        var longest = (long)_limits.MaxDelay.TotalMilliseconds;
        if (draft.DelayMs is { } delay && (delay < 0 || delay > longest))
            draft.Errors.Add("delayMs", $"must be from 0 to {longest} (Ingest:MaxDelay)");
        else if (draft.DeliverAt > now + _limits.MaxDelay)
            draft.Errors.Add("deliverAt", $"is more than {_limits.MaxDelay.TotalDays:0.##} days ahead (Ingest:MaxDelay)");

        // Only these two depend on when one looks; see MessageDraft.IsLate.
        var valid = !draft.HasErrors;
        if (draft.DeliverAt < now) draft.Errors.Add("deliverAt", "is in the past");
        if (draft.ExpiresAt <= now) draft.Errors.Add("expiresAt", "is in the past");
        draft.IsLate = valid && draft.HasErrors;
        var deliverAt = draft.DeliverAt ?? (draft.DelayMs is { } ms ? now.AddMilliseconds(ms) : null);
        if (draft.ExpiresAt <= deliverAt && draft.ExpiresAt > now) draft.Errors.Add("expiresAt", "must be after the time of delivery");
    }

    private static void CheckRetry(MessageDraft draft, RetryOverrides retry)
    {
        CheckRange(draft, "retry.maxRetries", retry.MaxRetries, 0, 100);
        CheckRange(draft, "retry.baseBackoffMs", retry.BaseBackoffMs, 1, 86_400_000);
        CheckRange(draft, "retry.maxBackoffMs", retry.MaxBackoffMs, 1, 86_400_000);
        CheckRange(draft, "retry.jitterPercent", retry.JitterPercent, 0, 100);
        if (retry.BaseBackoffMs > retry.MaxBackoffMs) draft.Errors.Add("retry.maxBackoffMs", "must not be less than baseBackoffMs");
    }

    private static void CheckRange(MessageDraft draft, string field, int? value, int least, int most)
    {
        if (value < least || value > most) draft.Errors.Add(field, $"must be from {least} to {most}");
    }
}
