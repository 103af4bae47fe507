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
    public static DateTimeOffset? Next(ReplayStrategy strategy, int failedReplays, DateTimeOffset now, DlqOptions options) => strategy switch
    {
        ReplayStrategy.Immediate => now + options.ImmediateDelays[Math.Min(failedReplays, options.ImmediateDelays.Count - 1)],
        ReplayStrategy.OffPeak => NextOffPeak(now, options),
        // The breaker is asked when it is due.
        ReplayStrategy.Conditional => now,
        _ => null,
    };

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
            .SelectMany(day => options.OffPeakTimes.Select(at => ToInstant(today.AddDays(day).ToDateTime(at), zone)))
            .Where(instant => instant > now)
            .Min();
    }

    /// <summary>
    /// A local time as an instant. Where clocks change, the offsets of the day before and the day after are tried, the larger (summer)
    /// first: the one that leads back to the local time is right. If none does, the time is skipped, and the offset before the gap puts
    /// it behind the gap. The framework's own questions (is it invalid, is it ambiguous) are not asked: for zones whose winter time is
    /// their exception, such as Europe/Dublin, it does not know these gaps.
    /// </summary>
    private static DateTimeOffset ToInstant(DateTime local, TimeZoneInfo zone)
    {
        var before = zone.GetUtcOffset(DateTime.SpecifyKind(local.AddDays(-1), DateTimeKind.Unspecified));
        var after = zone.GetUtcOffset(DateTime.SpecifyKind(local.AddDays(1), DateTimeKind.Unspecified));
        var larger = before > after ? before : after;
        var smaller = before > after ? after : before;
        foreach (var offset in new[] { larger, smaller })
        {
            var instant = new DateTimeOffset(local, offset);
            if (TimeZoneInfo.ConvertTime(instant, zone).DateTime == local) return instant.ToUniversalTime();
        }

        return new DateTimeOffset(local, before).ToUniversalTime();
    }
}
