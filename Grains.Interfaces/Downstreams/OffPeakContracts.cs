using System.Text.Json.Serialization;

namespace DlqCluster.Downstreams;

/// <summary>A kind of day in a downstream's off-peak calendar.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CalendarDay>))]
public enum CalendarDay
{
    /// <summary>Monday.</summary>
    [JsonStringEnumMemberName("mon")] Mon,

    /// <summary>Tuesday.</summary>
    [JsonStringEnumMemberName("tue")] Tue,

    /// <summary>Wednesday.</summary>
    [JsonStringEnumMemberName("wed")] Wed,

    /// <summary>Thursday.</summary>
    [JsonStringEnumMemberName("thu")] Thu,

    /// <summary>Friday.</summary>
    [JsonStringEnumMemberName("fri")] Fri,

    /// <summary>Saturday.</summary>
    [JsonStringEnumMemberName("sat")] Sat,

    /// <summary>Sunday.</summary>
    [JsonStringEnumMemberName("sun")] Sun,

    /// <summary>A date that the calendar lists as a holiday, in place of its weekday.</summary>
    [JsonStringEnumMemberName("holiday")] Holiday,
}

/// <summary>A part of the day in which a downstream has little to do.</summary>
[GenerateSerializer, Immutable, Alias("dlq.OffPeakWindow")]
public sealed record OffPeakWindow
{
    /// <summary>The days on which it begins; none means every weekday, and no holiday.</summary>
    [Id(0)] public IReadOnlyList<CalendarDay> Days { get; init; } = [];

    /// <summary>When it begins, local time, <c>HH:mm</c>.</summary>
    [Id(1)] public string From { get; init; } = "";

    /// <summary>When it ends, local time, <c>HH:mm</c> or 24:00. Not later than its begin means: on the next day.</summary>
    [Id(2)] public string To { get; init; } = "";
}

/// <summary>When a downstream has little to do: letters of strategy <c>offPeak</c> replay themselves then, and replay jobs wait for it.</summary>
[GenerateSerializer, Immutable, Alias("dlq.OffPeakCalendar")]
public sealed record OffPeakCalendar
{
    /// <summary>The IANA time zone of all its times and dates.</summary>
    [Id(0)] public string TimeZone { get; init; } = "UTC";

    /// <summary>Its windows, 1 to 64.</summary>
    [Id(1)] public IReadOnlyList<OffPeakWindow> Windows { get; init; } = [];

    /// <summary>Dates, <c>yyyy-MM-dd</c>, at most 1,000. On them only windows with the day <c>holiday</c> begin.</summary>
    [Id(2)] public IReadOnlyList<string> Holidays { get; init; } = [];
}
