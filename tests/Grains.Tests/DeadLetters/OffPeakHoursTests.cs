using System.Globalization;
using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;

namespace DlqCluster.Grains.Tests.DeadLetters;

/// <summary>Off-peak windows: DQ7.</summary>
[Trait("Spec", "DQ7")]
public sealed class OffPeakHoursTests
{
    private static readonly CalendarDay[] _workdays = [CalendarDay.Mon, CalendarDay.Tue, CalendarDay.Wed, CalendarDay.Thu, CalendarDay.Fri];

    // 1 January 2026 is a Thursday.
    [Theory]
    // Within a day.
    [InlineData("UTC", "mon-fri 02:00-04:00", "2026-01-01T01:00Z", "2026-01-01T02:00Z")]
    [InlineData("UTC", "mon-fri 02:00-04:00", "2026-01-01T02:00Z", "2026-01-01T02:00Z")]
    [InlineData("UTC", "mon-fri 02:00-04:00", "2026-01-01T03:59Z", "2026-01-01T03:59Z")]
    [InlineData("UTC", "mon-fri 02:00-04:00", "2026-01-01T04:00Z", "2026-01-02T02:00Z")]
    [InlineData("UTC", "mon-fri 02:00-04:00", "2026-01-02T04:00Z", "2026-01-05T02:00Z")]
    // Across midnight: it belongs to the day on which it begins.
    [InlineData("UTC", "mon-fri 22:00-06:00", "2026-01-03T05:00Z", "2026-01-03T05:00Z")]
    [InlineData("UTC", "mon-fri 22:00-06:00", "2026-01-03T06:00Z", "2026-01-05T22:00Z")]
    [InlineData("UTC", "mon-fri 22:00-06:00", "2026-01-05T03:00Z", "2026-01-05T22:00Z")]
    // To the end of the day.
    [InlineData("UTC", "sat 20:00-24:00", "2026-01-03T23:59Z", "2026-01-03T23:59Z")]
    [InlineData("UTC", "sat 20:00-24:00", "2026-01-04T00:00Z", "2026-01-10T20:00Z")]
    [InlineData("UTC", "sun 00:00-24:00", "2026-01-04T00:00Z", "2026-01-04T00:00Z")]
    // Holidays take the place of weekdays; the night before still belongs to the weekday.
    [InlineData("UTC", "mon-fri 02:00-04:00 holidays 2026-01-01 2026-01-02", "2026-01-01T02:00Z", "2026-01-05T02:00Z")]
    [InlineData("UTC", "every 02:00-04:00 holidays 2026-01-01", "2026-01-01T02:00Z", "2026-01-02T02:00Z")]
    [InlineData("UTC", "every 22:00-04:00 holidays 2026-01-01", "2026-01-01T02:00Z", "2026-01-01T02:00Z")]
    [InlineData("UTC", "holiday 00:00-24:00 holidays 2026-01-01", "2025-12-30T00:00Z", "2026-01-01T00:00Z")]
    [InlineData("UTC", "holiday 00:00-24:00 holidays 2026-01-01", "2026-01-02T00:00Z", null)]
    // In a time zone.
    [InlineData("America/New_York", "mon-fri 22:00-23:00", "2026-01-01T04:00Z", "2026-01-02T03:00Z")]
    [InlineData("Asia/Kolkata", "thu 00:00-01:00", "2025-12-31T18:00Z", "2025-12-31T18:30Z")]
    // The clocks go forward from 02:00 to 03:00 on 29 March 2026: that hour is not there.
    [InlineData("Europe/Berlin", "sun 02:00-03:00", "2026-03-28T12:00Z", "2026-04-05T00:00Z")]
    [InlineData("Europe/Berlin", "sun 02:30-04:00", "2026-03-28T12:00Z", "2026-03-29T01:30Z")]
    [InlineData("Europe/Berlin", "sat 22:00-02:30", "2026-03-29T01:29Z", "2026-03-29T01:29Z")]
    [InlineData("Europe/Berlin", "sat 22:00-02:30", "2026-03-29T01:30Z", "2026-04-04T20:00Z")]
    // They go back from 03:00 to 02:00 on 25 October 2026: that hour is there twice.
    [InlineData("Europe/Berlin", "sun 02:00-03:00", "2026-10-24T12:00Z", "2026-10-25T00:00Z")]
    [InlineData("Europe/Berlin", "sun 02:00-03:00", "2026-10-25T01:59Z", "2026-10-25T01:59Z")]
    [InlineData("Europe/Berlin", "sun 02:00-03:00", "2026-10-25T02:00Z", "2026-11-01T01:00Z")]
    [InlineData("Europe/Berlin", "sat 23:00-04:00", "2026-10-25T02:59Z", "2026-10-25T02:59Z")]
    [InlineData("America/New_York", "every 01:00-01:30", "2026-11-01T05:29Z", "2026-11-01T05:29Z")]
    [InlineData("America/New_York", "every 01:00-01:30", "2026-11-01T06:00Z", "2026-11-02T06:00Z")]
    public void A_window_is_open_when_it_should_be(string zone, string windows, string from, string? open)
    {
        DateTimeOffset? expected = open is null ? null : Utc(open);
        Assert.Equal(expected, OffPeakHours.NextOpen(Calendar(zone, windows), Utc(from)));
    }

    [Fact]
    public void Of_several_windows_the_first_counts()
    {
        var calendar = new OffPeakCalendar
        {
            Windows = [Window("22:00", "23:00", _workdays), Window("12:00", "13:00", CalendarDay.Fri), Window("00:00", "24:00", CalendarDay.Sat)],
        };
        Assert.Equal(Utc("2026-01-02T12:00Z"), OffPeakHours.NextOpen(calendar, Utc("2026-01-02T00:00Z")));
        Assert.Equal(Utc("2026-01-02T22:00Z"), OffPeakHours.NextOpen(calendar, Utc("2026-01-02T13:00Z")));
        Assert.Equal(Utc("2026-01-03T00:00Z"), OffPeakHours.NextOpen(calendar, Utc("2026-01-02T23:00Z")));
    }

    [Theory]
    [InlineData("America/New_York")]
    [InlineData("Europe/Dublin")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("Africa/Casablanca")]
    public void The_next_opening_is_never_in_the_past_and_stays_the_same_until_it_comes(string zone)
    {
        var calendar = Calendar(zone, "every 01:30-02:15");
        for (var now = Utc("2026-01-01T00:00Z"); now < Utc("2027-01-02T00:00Z"); now = now.AddMinutes(97))
        {
            var open = OffPeakHours.NextOpen(calendar, now)!.Value;
            Assert.InRange(open, now, now.AddHours(49));
            Assert.Equal(open, OffPeakHours.NextOpen(calendar, open));
            Assert.Equal(open, OffPeakHours.NextOpen(calendar, now + ((open - now) / 2)));
        }
    }

    [Theory]
    [InlineData("Europe/Nowhere", "02:00", "03:00", "2026-01-01", "offPeak.timeZone")]
    [InlineData("UTC", "2:00", "03:00", "2026-01-01", "offPeak.windows[0].from")]
    [InlineData("UTC", "24:00", "03:00", "2026-01-01", "offPeak.windows[0].from")]
    [InlineData("UTC", "02:00", "25:00", "2026-01-01", "offPeak.windows[0].to")]
    [InlineData("UTC", "02:00", "02:00", "2026-01-01", "offPeak.windows[0].to")]
    [InlineData("UTC", "02:00", "24:00", "1.1.2026", "offPeak.holidays")]
    public void A_calendar_that_cannot_be_obeyed_is_refused_by_field(string zone, string from, string to, string holiday, string field)
    {
        var calendar = new OffPeakCalendar { TimeZone = zone, Windows = [Window(from, to)], Holidays = [holiday] };
        Assert.Equal([field], DownstreamRules.Validate(new Downstream { Name = "a", OffPeak = calendar }).Keys);
        Assert.Equal(["offPeak.windows"], DownstreamRules.Validate(new Downstream { Name = "a", OffPeak = new OffPeakCalendar() }).Keys);
    }

    private static OffPeakWindow Window(string from, string to, params CalendarDay[] days) => new() { Days = days, From = from, To = to };

    private static OffPeakCalendar Calendar(string zone, string text)
    {
        var parts = text.Split(' ');
        var times = parts[1].Split('-');
        CalendarDay[] days = parts[0] switch
        {
            "every" => [],
            "mon-fri" => _workdays,
            var day => [Enum.Parse<CalendarDay>(day, ignoreCase: true)],
        };
        return new OffPeakCalendar { TimeZone = zone, Windows = [Window(times[0], times[1], days)], Holidays = [.. parts.Skip(3)] };
    }

    private static DateTimeOffset Utc(string text) =>
        DateTimeOffset.ParseExact(text, "yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
