using System.Globalization;
using DlqCluster.Downstreams;

namespace DlqCluster.DeadLetters;

/// <summary>When a downstream's off-peak windows are open. No clock, no input or output.</summary>
internal static class OffPeakHours
{
    public const string DateFormat = "yyyy-MM-dd";

    /// <summary>A calendar that does not open for so long never does: windows repeat every week, and holidays are dates.</summary>
    private const int DaysAhead = 400;

    /// <summary>The first moment from then on at which a window is open; null when none opens any more.</summary>
    /// <param name="calendar">The calendar, valid.</param>
    /// <param name="from">From then on.</param>
    public static DateTimeOffset? NextOpen(OffPeakCalendar calendar, DateTimeOffset from)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(calendar.TimeZone);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(from, zone).DateTime);
        DateTimeOffset? first = null;
        // A window belongs to the day on which it begins: yesterday's may still be open, and a change of clocks may move it a little more.
        for (var day = -2; day <= DaysAhead; day++)
        {
            foreach (var (opens, closes) in Windows(calendar, today.AddDays(day), zone))
            {
                if (closes <= from || closes <= opens) continue;
                var open = opens > from ? opens : from;
                if (first is null || open < first) first = open;
            }

            // What begins two days later cannot come first.
            if (first is not null && LocalTimes.ToInstant(today.AddDays(day).ToDateTime(TimeOnly.MinValue), zone) > first) return first;
        }

        return first;
    }

    private static IEnumerable<(DateTimeOffset Opens, DateTimeOffset Closes)> Windows(OffPeakCalendar calendar, DateOnly date, TimeZoneInfo zone)
    {
        var kind = calendar.Holidays.Contains(date.ToString(DateFormat, CultureInfo.InvariantCulture))
            ? CalendarDay.Holiday
            : (CalendarDay)DayTimes.Weekday(date);
        foreach (var window in calendar.Windows)
        {
            if (window.Days.Count == 0 ? kind == CalendarDay.Holiday : !window.Days.Contains(kind)) continue;
            var (begin, end) = DayTimes.Between(date, window.From, window.To);
            yield return (LocalTimes.ToInstant(begin, zone), LocalTimes.ToInstant(end, zone));
        }
    }
}
