using System.Globalization;
using System.Text.RegularExpressions;

namespace DlqCluster.Cli.Running;

/// <summary>Reads times as people type them: RFC 3339, a day, or a length of time such as <c>2h</c>.</summary>
internal static partial class When
{
    private const string Wire = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Reads a time.</summary>
    /// <param name="text">What was typed; null for nothing.</param>
    /// <param name="now">The time now.</param>
    /// <param name="ahead">Whether a length of time counts from now on, or back from now.</param>
    /// <param name="endOfDay">Whether a day means its end, and not its beginning.</param>
    /// <returns>The time in RFC 3339; null for nothing.</returns>
    /// <exception cref="CommandFailure">It is no time.</exception>
    public static string? Read(string? text, DateTimeOffset now, bool ahead = false, bool endOfDay = false)
    {
        if (text is null) return null;
        var culture = CultureInfo.InvariantCulture;
        if (Length().Match(text) is { Success: true } match)
        {
            var span = Unit(match.Groups["unit"].Value) * double.Parse(match.Groups["number"].Value, culture);
            return Write(ahead ? now + span : now - span);
        }

        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", culture, utc, out var day)) return Write(endOfDay ? day.AddDays(1) : day);
        return DateTimeOffset.TryParse(text, culture, utc, out var time) && text.Contains('-')
            ? Write(time)
            : throw CommandFailure.Usage($"'{text}' is no time: give 2026-11-21T22:00:00Z, 2026-11-21, or a length of time such as 30m, 2h or 7d.");
    }

    private static string Write(DateTimeOffset time) => time.UtcDateTime.ToString(Wire, CultureInfo.InvariantCulture);

    private static TimeSpan Unit(string unit) => unit switch
    {
        "s" => TimeSpan.FromSeconds(1),
        "m" => TimeSpan.FromMinutes(1),
        "h" => TimeSpan.FromHours(1),
        _ => TimeSpan.FromDays(1),
    };

    [GeneratedRegex(@"^(?<number>\d{1,6})(?<unit>[smhd])$", RegexOptions.ExplicitCapture)]
    private static partial Regex Length();
}
