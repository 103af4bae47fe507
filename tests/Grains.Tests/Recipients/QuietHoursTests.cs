using System.Globalization;
using DlqCluster.Messages;
using DlqCluster.Recipients;

namespace DlqCluster.Grains.Tests.Recipients;

/// <summary>Quiet hours as a table: CN3. Windows are written <c>days from-to</c>, several with semicolons; an empty end means not quiet.</summary>
[Trait("Spec", "CN3")]
public sealed class QuietHoursTests
{
    private static readonly NoticeQuestion _normal = new(new MessageId("01a20116-5519-70ea-ac93-15dc670728a6"), "email", MessagePriority.Normal);

    [Theory]
    // Across midnight, each end of the window, in UTC.
    [InlineData("UTC", "22:00-07:00", "2026-03-10T21:59:59Z", "")]
    [InlineData("UTC", "22:00-07:00", "2026-03-10T22:00:00Z", "2026-03-11T07:00:00Z")]
    [InlineData("UTC", "22:00-07:00", "2026-03-11T06:59:59Z", "2026-03-11T07:00:00Z")]
    [InlineData("UTC", "22:00-07:00", "2026-03-11T07:00:00Z", "")]
    // Within a day.
    [InlineData("UTC", "12:00-13:30", "2026-03-10T12:45:00Z", "2026-03-10T13:30:00Z")]
    [InlineData("UTC", "12:00-13:30", "2026-03-10T11:00:00Z", "")]
    // Zones far from Greenwich, and with odd offsets.
    [InlineData("Asia/Kathmandu", "22:00-07:00", "2026-03-10T17:00:00Z", "2026-03-11T01:15:00Z")]
    [InlineData("Pacific/Kiritimati", "22:00-07:00", "2026-03-10T08:30:00Z", "2026-03-10T17:00:00Z")]
    [InlineData("America/St_Johns", "22:00-07:00", "2026-01-10T01:45:00Z", "2026-01-10T10:30:00Z")]
    // Clocks go forward: the night of Berlin is an hour shorter, that of New York as well, each on its own date.
    [InlineData("Europe/Berlin", "22:00-07:00", "2026-03-28T21:30:00Z", "2026-03-29T05:00:00Z")]
    [InlineData("Europe/Berlin", "22:00-07:00", "2026-03-28T20:59:59Z", "")]
    [InlineData("America/New_York", "22:00-07:00", "2026-03-08T03:30:00Z", "2026-03-08T11:00:00Z")]
    // An end that the clocks skip is the moment after the gap; so is a begin.
    [InlineData("Europe/Berlin", "22:00-02:30", "2026-03-29T00:45:00Z", "2026-03-29T01:30:00Z")]
    [InlineData("Europe/Berlin", "02:30-04:00", "2026-03-29T01:15:00Z", "")]
    [InlineData("Europe/Berlin", "02:30-04:00", "2026-03-29T01:45:00Z", "2026-03-29T02:00:00Z")]
    // Clocks go back: the night is an hour longer, and of a time that comes twice the window takes in both.
    [InlineData("Europe/Berlin", "22:00-07:00", "2026-10-24T20:30:00Z", "2026-10-25T06:00:00Z")]
    [InlineData("Europe/Berlin", "22:00-02:30", "2026-10-25T00:45:00Z", "2026-10-25T01:30:00Z")]
    [InlineData("Europe/Berlin", "02:30-04:00", "2026-10-25T00:31:00Z", "2026-10-25T03:00:00Z")]
    [InlineData("America/New_York", "22:00-01:30", "2026-11-01T05:45:00Z", "2026-11-01T06:30:00Z")]
    // A zone whose winter time is its exception, and one that changes by half an hour.
    [InlineData("Europe/Dublin", "22:00-07:00", "2026-03-28T22:30:00Z", "2026-03-29T06:00:00Z")]
    [InlineData("Australia/Lord_Howe", "22:00-07:00", "2026-04-04T12:00:00Z", "2026-04-04T20:30:00Z")]
    // Days: a window belongs to the day on which it begins. 2026-03-13 is a Friday.
    [InlineData("UTC", "fri 22:00-07:00", "2026-03-14T06:00:00Z", "2026-03-14T07:00:00Z")]
    [InlineData("UTC", "fri 22:00-07:00", "2026-03-13T06:00:00Z", "")]
    [InlineData("UTC", "sat,sun 00:00-24:00", "2026-03-14T00:00:00Z", "2026-03-16T00:00:00Z")]
    [InlineData("UTC", "sat,sun 00:00-24:00", "2026-03-13T23:59:59Z", "")]
    [InlineData("Asia/Tokyo", "mon 00:00-24:00", "2026-03-15T15:00:00Z", "2026-03-16T15:00:00Z")]
    // Several a day; those that meet or overlap are one, across days as well.
    [InlineData("UTC", "06:00-09:00;12:00-13:00", "2026-03-10T12:30:00Z", "2026-03-10T13:00:00Z")]
    [InlineData("UTC", "06:00-09:00;12:00-13:00", "2026-03-10T10:00:00Z", "")]
    [InlineData("UTC", "22:00-24:00;00:00-07:00", "2026-03-10T23:00:00Z", "2026-03-11T07:00:00Z")]
    [InlineData("UTC", "20:00-23:00;22:00-06:00;05:00-08:00", "2026-03-10T20:30:00Z", "2026-03-11T08:00:00Z")]
    [InlineData("UTC", "fri 18:00-24:00;sat,sun 00:00-24:00;mon 00:00-08:00", "2026-03-13T19:00:00Z", "2026-03-16T08:00:00Z")]
    // Of no length; all day; nothing at all.
    [InlineData("UTC", "09:00-09:00", "2026-03-10T09:00:00Z", "")]
    [InlineData("UTC", "00:00-00:00", "2026-03-10T00:00:00Z", "")]
    [InlineData("UTC", "tue 00:00-24:00", "2026-03-10T10:00:00Z", "2026-03-11T00:00:00Z")]
    [InlineData("UTC", "", "2026-03-10T10:00:00Z", "")]
    public void Quiet_time_ends_when_it_should(string zone, string windows, string at, string end)
    {
        var quietUntil = QuietHours.EndAt(Preferences(zone, windows), Time(at));
        Assert.Equal(end.Length == 0 ? null : Time(end), quietUntil);
    }

    [Fact]
    public void Who_is_quiet_for_ever_is_asked_again_some_day()
    {
        var at = Time("2026-03-10T10:00:00Z");
        var end = QuietHours.EndAt(Preferences("UTC", "00:00-24:00"), at);
        Assert.InRange(end!.Value - at, TimeSpan.FromDays(5), TimeSpan.FromDays(10));
    }

    [Theory]
    [InlineData("Europe/Berlin", "22:00-07:00")]
    [InlineData("America/New_York", "01:30-02:30;12:00-12:15")]
    [InlineData("Europe/London", "sun 00:30-01:30;mon 23:00-24:00")]
    public void The_moment_at_which_quiet_time_ends_is_not_quiet_and_all_before_it_is(string zone, string windows)
    {
        var preferences = Preferences(zone, windows);
        var first = Time("2026-01-01T00:00:00Z");
        for (var at = first; at < first.AddDays(365); at = at.AddMinutes(47))
        {
            if (QuietHours.EndAt(preferences, at) is not { } end) continue;
            Assert.True(end > at);
            Assert.Null(QuietHours.EndAt(preferences, end));
            Assert.Equal(end, QuietHours.EndAt(preferences, end.AddSeconds(-1)));
        }
    }

    [Fact]
    public void At_this_very_moment_a_window_around_it_is_quiet_and_one_after_it_is_not()
    {
        var now = TimeProvider.System.GetUtcNow();
        var (before, after, later) = (now.AddMinutes(-10), now.AddMinutes(10), now.AddMinutes(20));
        Assert.NotNull(QuietHours.EndAt(Preferences("UTC", $"{before:HH:mm}-{after:HH:mm}"), now));
        Assert.Null(QuietHours.EndAt(Preferences("UTC", $"{after:HH:mm}-{later:HH:mm}"), now));
    }

    [Fact]
    public void Critical_passes_quiet_hours_and_mutes_but_no_channel_that_is_off()
    {
        var now = Time("2026-03-10T23:00:00Z");
        var quiet = Preferences("UTC", "22:00-07:00") with { MutedUntil = now.AddDays(3), Channels = new Dictionary<string, bool> { ["sms"] = false, ["email"] = true } };
        var critical = _normal with { Priority = MessagePriority.Critical };
        Assert.Equal(NoticeOutcome.Send, NoticeRule.Decide(quiet, critical, now).Outcome);
        Assert.Equal(NoticeOutcome.Suppress, NoticeRule.Decide(quiet, critical with { Channel = "sms" }, now).Outcome);
        Assert.Equal(NoticeOutcome.Hold, NoticeRule.Decide(quiet, _normal, now).Outcome);
        Assert.Equal(NoticeOutcome.Suppress, NoticeRule.Decide(quiet, _normal with { Channel = "sms" }, now).Outcome);
    }

    [Theory]
    [InlineData("2026-03-10T10:00:00Z", "2026-03-10T10:00:00Z", HoldReason.Muted)]
    [InlineData("2026-03-10T23:00:00Z", "2026-03-11T07:00:00Z", HoldReason.QuietHours)]
    public void A_mute_that_ends_within_quiet_hours_lasts_as_long_as_they_do(string mutedUntil, string end, HoldReason reason)
    {
        var preferences = Preferences("UTC", "22:00-07:00") with { MutedUntil = Time(mutedUntil) };
        var verdict = NoticeRule.Decide(preferences, _normal, Time("2026-03-10T09:00:00Z"));
        Assert.Equal(new NoticeVerdict(NoticeOutcome.Hold, new Hold(Time(end), reason)), verdict);
    }

    [Fact]
    public void A_mute_that_is_over_and_a_channel_that_nobody_named_hold_nothing_back()
    {
        var now = Time("2026-03-10T09:00:00Z");
        Assert.Equal(NoticeOutcome.Send, NoticeRule.Decide(new RecipientPreferences { MutedUntil = now }, _normal, now).Outcome);
    }

    [Theory]
    [InlineData("Mars/Olympus", "", "timeZone")]
    [InlineData("UTC", "25:00-07:00", "quietHours[0].from")]
    [InlineData("UTC", "22:00-07:00;22:00-7:00", "quietHours[1].to")]
    [InlineData("UTC", "24:00-07:00", "quietHours[0].from")]
    public void What_is_wrong_with_preferences_is_named(string zone, string windows, string field)
    {
        var refused = new List<string>();
        PreferenceRules.Check(Preferences(zone, windows), new NotificationOptions(), (name, _) => refused.Add(name));
        Assert.Equal([field], refused);
    }

    private static RecipientPreferences Preferences(string zone, string windows) => new()
    {
        TimeZone = zone,
        QuietHours = [.. windows.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(Window)],
    };

    private static QuietWindow Window(string text)
    {
        var parts = text.Split(' ');
        var times = parts[^1].Split('-');
        var days = parts.Length == 1 ? [] : parts[0].Split(',').Select(static day => Enum.Parse<QuietDay>(day, ignoreCase: true)).ToArray();
        return new QuietWindow { Days = days, From = times[0], To = times[1] };
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
