using DlqCluster.DeadLetters;

namespace DlqCluster.Recipients;

/// <summary>
/// When a recipient's quiet hours are. A window goes from the instant of its local begin to that of its local end, however long that is on
/// the days on which clocks change: a time that is skipped is the moment after the gap; of a time that comes twice a window begins at the
/// first and ends at the second, so that nobody is woken. No clock, no input or output.
/// </summary>
internal static class QuietHours
{
    /// <summary>Whoever is quiet for that long on end, without a gap, is asked again then.</summary>
    private const int DaysAhead = 9;

    /// <summary>When the quiet time that holds at a moment is over; null when the moment is not quiet.</summary>
    /// <param name="preferences">Valid preferences.</param>
    /// <param name="at">The moment.</param>
    public static DateTimeOffset? EndAt(RecipientPreferences preferences, DateTimeOffset at)
    {
        if (preferences.QuietHours.Count == 0) return null;
        var zone = TimeZoneInfo.FindSystemTimeZoneById(preferences.TimeZone);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);
        var end = at;
        // A window belongs to the day on which it begins: yesterday's may still last. Sorted, those that meet or overlap are one.
        var windows = Enumerable.Range(-2, DaysAhead + 2).SelectMany(day => Windows(preferences, today.AddDays(day), zone)).OrderBy(static window => window.From);
        foreach (var (from, to) in windows)
        {
            if (from > end) break;
            if (to > end) end = to;
        }

        return end > at ? end : null;
    }

    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Windows(RecipientPreferences preferences, DateOnly date, TimeZoneInfo zone)
    {
        var weekday = (QuietDay)DayTimes.Weekday(date);
        foreach (var window in preferences.QuietHours)
        {
            if (window.From == window.To || (window.Days.Count > 0 && !window.Days.Contains(weekday))) continue;
            var (begin, end) = DayTimes.Between(date, window.From, window.To);
            yield return (LocalTimes.ToInstant(begin, zone), LocalTimes.ToLastInstant(end, zone));
        }
    }
}
