using System.Globalization;
using DlqCluster.Downstreams;

namespace DlqCluster.DeadLetters;

/// <summary>When a downstream's off-peak windows are open. No clock, no input or output.</summary>
internal static class OffPeakHours
{
    public const string TimeFormat = "HH:mm";
    public const string DateFormat = "yyyy-MM-dd";
    public const string Midnight = "24:00";

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
            // Weeks begin on Sunday there and on Monday here.
            : (CalendarDay)(((int)date.DayOfWeek + 6) % 7);
        foreach (var window in calendar.Windows)
        {
            if (window.Days.Count == 0 ? kind == CalendarDay.Holiday : !window.Days.Contains(kind)) continue;
            var from = Time(window.From);
            var to = window.To == Midnight ? TimeOnly.MinValue : Time(window.To);
            var end = to > from ? date.ToDateTime(to) : date.AddDays(1).ToDateTime(to);
            yield return (LocalTimes.ToInstant(date.ToDateTime(from), zone), LocalTimes.ToInstant(end, zone));
        }
    }

    private static TimeOnly Time(string text) => TimeOnly.ParseExact(text, TimeFormat, CultureInfo.InvariantCulture);
}
