using System.Text.Json.Serialization;

namespace DlqCluster.Recipients;

/// <summary>A day of the week.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<QuietDay>))]
public enum QuietDay
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
}

/// <summary>A part of the day in which a recipient wants to be left alone.</summary>
[GenerateSerializer, Immutable, Alias("dlq.QuietWindow")]
public sealed record QuietWindow
{
    /// <summary>The days on which it begins; none means every day.</summary>
    [Id(0)] public IReadOnlyList<QuietDay> Days { get; init; } = [];

    /// <summary>When it begins, local time, <c>HH:mm</c>.</summary>
    [Id(1)] public string From { get; init; } = "";

    /// <summary>
    /// When it ends, local time, <c>HH:mm</c> or 24:00. Earlier than its begin means: on the next day. The same as its begin means: there is no
    /// such window; a whole day is from 00:00 to 24:00.
    /// </summary>
    [Id(2)] public string To { get; init; } = "";
}

/// <summary>When, and by which channels, a recipient wants to be notified.</summary>
[GenerateSerializer, Immutable, Alias("dlq.RecipientPreferences")]
public sealed record RecipientPreferences
{
    /// <summary>The IANA time zone of <see cref="QuietHours"/>.</summary>
    [Id(0)] public string TimeZone { get; init; } = "UTC";

    /// <summary>When to hold notifications back.</summary>
    [Id(1)] public IReadOnlyList<QuietWindow> QuietHours { get; init; } = [];

    /// <summary>Channels that are on or off; one that is not named is on.</summary>
    [Id(2)] public IReadOnlyDictionary<string, bool> Channels { get; init; } = new Dictionary<string, bool>();

    /// <summary>Hold everything back until then.</summary>
    [Id(3)] public DateTimeOffset? MutedUntil { get; init; }
}
