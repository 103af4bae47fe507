using System.Globalization;
using DlqCluster.DeadLetters;

namespace DlqCluster.Downstreams;

/// <summary>What a downstream's off-peak calendar must obey.</summary>
internal static class OffPeakRules
{
    private const string Field = "offPeak";
    private const int MaxWindows = 64;
    private const int MaxHolidays = 1_000;

    /// <summary>Checks a calendar.</summary>
    /// <param name="calendar">The calendar.</param>
    /// <param name="refuse">Takes a field and what is wrong with it.</param>
    public static void Check(OffPeakCalendar calendar, Action<string, string> refuse)
    {
        if (calendar.TimeZone is null || !TimeZoneInfo.TryFindSystemTimeZoneById(calendar.TimeZone, out _))
            refuse($"{Field}.timeZone", "It is not an IANA time zone such as Europe/Paris.");
        if (calendar.Windows is not { Count: >= 1 and <= MaxWindows }) refuse($"{Field}.windows", $"There must be 1 to {MaxWindows} windows.");
        for (var i = 0; i < (calendar.Windows?.Count ?? 0) && i < MaxWindows; i++) CheckWindow($"{Field}.windows[{i}]", calendar.Windows![i], refuse);
        if (calendar.Holidays is null || calendar.Holidays.Count > MaxHolidays) refuse($"{Field}.holidays", $"At most {MaxHolidays} dates are possible.");
        else if (calendar.Holidays.FirstOrDefault(date => !IsDate(date)) is { } wrong) refuse($"{Field}.holidays", $"'{wrong}' is not a date such as 2026-12-25.");
    }

    private static void CheckWindow(string field, OffPeakWindow? window, Action<string, string> refuse)
    {
        if (window is null)
        {
            refuse(field, "It must not be null.");
            return;
        }

        if (window.Days is null || window.Days.Any(day => !Enum.IsDefined(day))) refuse($"{field}.days", "A day is one of mon, tue, wed, thu, fri, sat, sun, holiday.");
        if (!DayTimes.IsBegin(window.From)) refuse($"{field}.from", "A time is HH:mm, 00:00 to 23:59.");
        if (!DayTimes.IsEnd(window.To)) refuse($"{field}.to", "A time is HH:mm, 00:00 to 23:59, or 24:00.");
        else if (window.To == window.From) refuse($"{field}.to", "A window of a whole day is from 00:00 to 24:00.");
    }

    private static bool IsDate(string? text) =>
        DateOnly.TryParseExact(text, OffPeakHours.DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}
