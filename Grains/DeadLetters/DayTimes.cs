using System.Globalization;

namespace DlqCluster.DeadLetters;

/// <summary>Times of day as they are written, <c>HH:mm</c>, and the windows between two of them. No clock, no input or output.</summary>
internal static class DayTimes
{
    private const string Format = "HH:mm";
    private const string Midnight = "24:00";

    /// <summary>Whether a window can begin then: 00:00 to 23:59.</summary>
    /// <param name="text">The time.</param>
    public static bool IsBegin(string? text) => TimeOnly.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    /// <summary>Whether a window can end then: 00:00 to 24:00.</summary>
    /// <param name="text">The time.</param>
    public static bool IsEnd(string? text) => text == Midnight || IsBegin(text);

    /// <summary>A window that begins on a day, in local time. What does not end later than it begins ends on the next day.</summary>
    /// <param name="date">The day.</param>
    /// <param name="from">When it begins, valid.</param>
    /// <param name="to">When it ends, valid.</param>
    public static (DateTime Begin, DateTime End) Between(DateOnly date, string from, string to)
    {
        var begin = Parse(from);
        var end = to == Midnight ? TimeOnly.MinValue : Parse(to);
        return (date.ToDateTime(begin), (end > begin ? date : date.AddDays(1)).ToDateTime(end));
    }

    /// <summary>The day of the week: 0 for Monday, where the framework begins with Sunday.</summary>
    /// <param name="date">The day.</param>
    public static int Weekday(DateOnly date) => ((int)date.DayOfWeek + 6) % 7;

    private static TimeOnly Parse(string text) => TimeOnly.ParseExact(text, Format, CultureInfo.InvariantCulture);
}
