using System.Globalization;
using System.Text.Json;

namespace DlqCluster.Cli.Output;

/// <summary>Times in few characters.</summary>
internal static class Span
{
    private const string Stamp = "yyyy-MM-dd HH:mm:ss'Z'";

    /// <summary>How long ago something was, or how far ahead it is: <c>5m</c>, <c>in 2h</c>.</summary>
    /// <param name="json">The object.</param>
    /// <param name="path">The member that has the time.</param>
    /// <param name="now">The time now.</param>
    public static string Ago(JsonElement json, string path, DateTimeOffset now)
    {
        if (Time(json, path) is not { } time) return "";
        var ago = now - time;
        return ago < TimeSpan.Zero ? "in " + Short(-ago) : Short(ago);
    }

    /// <summary>A time to the second, in UTC.</summary>
    /// <param name="json">The object.</param>
    /// <param name="path">The member that has the time.</param>
    public static string At(JsonElement json, string path) => Time(json, path) is { } time ? time.UtcDateTime.ToString(Stamp, CultureInfo.InvariantCulture) : "";

    /// <summary>A length of time in one unit.</summary>
    /// <param name="span">The length.</param>
    public static string Short(TimeSpan span) => span switch
    {
        { TotalSeconds: < 1 } => "0s",
        { TotalSeconds: < 60 } => Whole(span.TotalSeconds, "s"),
        { TotalMinutes: < 60 } => Whole(span.TotalMinutes, "m"),
        { TotalHours: < 48 } => Whole(span.TotalHours, "h"),
        _ => Whole(span.TotalDays, "d"),
    };

    private static string Whole(double number, string unit) => Math.Floor(number).ToString(CultureInfo.InvariantCulture) + unit;

    private static DateTimeOffset? Time(JsonElement json, string path) =>
        Cell.Find(json, path) is { ValueKind: JsonValueKind.String } value && value.TryGetDateTimeOffset(out var time) ? time : null;
}
