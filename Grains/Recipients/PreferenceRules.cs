using DlqCluster.DeadLetters;

namespace DlqCluster.Recipients;

/// <summary>What preferences must obey.</summary>
public static class PreferenceRules
{
    private const int MaxChannelName = 64;

    /// <summary>Checks preferences.</summary>
    /// <param name="preferences">The preferences.</param>
    /// <param name="limits">How many there may be of what.</param>
    /// <param name="refuse">Takes a field and what is wrong with it.</param>
    public static void Check(RecipientPreferences preferences, NotificationOptions limits, Action<string, string> refuse)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(preferences.TimeZone, out var zone) || !zone.HasIanaId)
            refuse("timeZone", "is not an IANA time zone such as Europe/Paris");
        if (preferences.QuietHours.Count > limits.MaxQuietWindows)
            refuse("quietHours", $"has {preferences.QuietHours.Count} windows; at most {limits.MaxQuietWindows} are allowed (Notifications:MaxQuietWindows)");
        for (var i = 0; i < preferences.QuietHours.Count && i < limits.MaxQuietWindows; i++) CheckWindow($"quietHours[{i}]", preferences.QuietHours[i], refuse);
        if (preferences.Channels.Count > limits.MaxChannels)
            refuse("channels", $"names {preferences.Channels.Count} channels; at most {limits.MaxChannels} are allowed (Notifications:MaxChannels)");
        if (preferences.Channels.Keys.FirstOrDefault(static name => !IsChannel(name)) is { } wrong) refuse("channels", $"'{wrong}' is not a channel's name: {ChannelForm}");
    }

    /// <summary>How a channel's name looks.</summary>
    public const string ChannelForm = "1 to 64 letters, digits, dashes, dots and underscores";

    /// <summary>Whether this can be a channel's name.</summary>
    /// <param name="name">The name.</param>
    public static bool IsChannel(string name) =>
        name.Length is > 0 and <= MaxChannelName && name.All(static character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.');

    private static void CheckWindow(string field, QuietWindow? window, Action<string, string> refuse)
    {
        if (window is null)
        {
            refuse(field, "must not be null");
            return;
        }

        if (window.Days is null || window.Days.Any(static day => !Enum.IsDefined(day))) refuse($"{field}.days", "holds one of mon, tue, wed, thu, fri, sat, sun each");
        if (!DayTimes.IsBegin(window.From)) refuse($"{field}.from", "is a time HH:mm, 00:00 to 23:59");
        if (!DayTimes.IsEnd(window.To)) refuse($"{field}.to", "is a time HH:mm, 00:00 to 23:59, or 24:00");
    }
}
