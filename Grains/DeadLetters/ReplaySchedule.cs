using DlqCluster.Downstreams;
using DlqCluster.Hosting;

namespace DlqCluster.DeadLetters;

/// <summary>When a dead letter replays itself. No clock, no input or output.</summary>
internal static class ReplaySchedule
{
    /// <summary>The next replay of a letter; null when it does not replay itself.</summary>
    /// <param name="strategy">The letter's strategy.</param>
    /// <param name="failedReplays">How many of its replays have failed.</param>
    /// <param name="now">The time.</param>
    /// <param name="options">The schedule.</param>
    /// <param name="calendar">The downstream's off-peak windows; null when it has none of its own.</param>
    public static DateTimeOffset? Next(
        ReplayStrategy strategy, int failedReplays, DateTimeOffset now, DlqOptions options, OffPeakCalendar? calendar = null) => strategy switch
        {
            ReplayStrategy.Immediate => now + options.ImmediateDelays[Math.Min(failedReplays, options.ImmediateDelays.Count - 1)],
            ReplayStrategy.OffPeak when calendar is null => NextOffPeak(now, options),
            // Not all replays in one window at once.
            ReplayStrategy.OffPeak => OffPeakHours.NextOpen(calendar, failedReplays == 0 ? now : now + options.OffPeakSpacing),
            // The breaker is asked when it is due.
            ReplayStrategy.Conditional => now,
            _ => null,
        };

    /// <summary>
    /// Whether a replay that is due should wait all the same, as when nobody looked in time or the windows have changed: an off-peak replay
    /// is not made at a busy hour.
    /// </summary>
    /// <param name="letter">The letter, which is due.</param>
    /// <param name="now">The time.</param>
    /// <param name="options">The schedule.</param>
    /// <param name="calendar">The downstream's off-peak windows.</param>
    /// <returns>Until when it should wait; null when it should not.</returns>
    public static DateTimeOffset? Postpone(Letter letter, DateTimeOffset now, DlqOptions options, OffPeakCalendar? calendar)
    {
        if (letter.Strategy != ReplayStrategy.OffPeak) return null;
        if (calendar is null) return now - letter.NextRetryAt > options.OffPeakSpacing ? NextOffPeak(now, options) : null;
        // A calendar that never opens again blocks nothing.
        return OffPeakHours.NextOpen(calendar, now) is { } open && open > now ? open : null;
    }

    /// <summary>
    /// The first of the times of day that comes after now, in the configured time zone. A time that a change to summer time skips is
    /// moved behind the gap; one that comes twice at the end of summer time counts the first time.
    /// </summary>
    public static DateTimeOffset NextOffPeak(DateTimeOffset now, DlqOptions options)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(options.TimeZone);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        // Yesterday's too: a time just before midnight that a gap moves may fall on today. Three days always hold one that is to come.
        return Enumerable.Range(-1, 4)
            .SelectMany(day => options.OffPeakTimes.Select(at => LocalTimes.ToInstant(today.AddDays(day).ToDateTime(at), zone)))
            .Where(instant => instant > now)
            .Min();
    }
}
