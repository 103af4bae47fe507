using DlqCluster.Messages;

namespace DlqCluster.Recipients;

/// <summary>What becomes of a notification, by its recipient's preferences. No clock, no input or output.</summary>
internal static class NoticeRule
{
    /// <summary>Decides. A channel that is off is off for everything; quiet hours and mutes let <c>critical</c> pass.</summary>
    /// <param name="preferences">The recipient's preferences.</param>
    /// <param name="question">The notification.</param>
    /// <param name="now">The time.</param>
    public static NoticeVerdict Decide(RecipientPreferences preferences, NoticeQuestion question, DateTimeOffset now)
    {
        if (preferences.Channels.TryGetValue(question.Channel, out var isOn) && !isOn) return new NoticeVerdict(NoticeOutcome.Suppress);
        if (question.Priority == MessagePriority.Critical) return new NoticeVerdict(NoticeOutcome.Send);
        var muted = preferences.MutedUntil is { } until && until > now ? until : now;
        // A mute may end within quiet hours.
        var quiet = QuietHours.EndAt(preferences, muted);
        if (quiet is { } end) return new NoticeVerdict(NoticeOutcome.Hold, new Hold(end, HoldReason.QuietHours));
        return muted > now ? new NoticeVerdict(NoticeOutcome.Hold, new Hold(muted, HoldReason.Muted)) : new NoticeVerdict(NoticeOutcome.Send);
    }
}
