using System.Globalization;
using DlqCluster.DeadLetters;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Hosting;
using FsCheck.Fluent;

namespace DlqCluster.Grains.Tests.DeadLetters;

[Trait("Spec", "DQ7")]
public sealed class ReplayScheduleTests
{
    /// <summary>How long the gaps are that summer time leaves, in minutes.</summary>
    private static readonly int[] _gaps = [30, 60, 120];

    private static readonly string[] _zones =
    [
        "UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Santiago", "America/Sao_Paulo", "Australia/Lord_Howe",
        "Australia/Adelaide", "Asia/Kathmandu", "Asia/Tehran", "Asia/Beirut", "Africa/Casablanca", "Africa/Cairo",
        "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Apia",
    ];

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 5)]
    [InlineData(2, 15)]
    [InlineData(3, 30)]
    [InlineData(4, 60)]
    [InlineData(5, 60)]
    [InlineData(1_000, 60)]
    public void Immediate_goes_through_its_delays_and_repeats_the_last(int failedReplays, int minutes) =>
        Assert.Equal(
            Samples.Start.AddMinutes(minutes),
            ReplaySchedule.Next(ReplayStrategy.Immediate, failedReplays, Samples.Start, Letters.Options()));

    [Fact]
    public void Conditional_is_due_at_once_and_manual_never()
    {
        Assert.Equal(Samples.Start, ReplaySchedule.Next(ReplayStrategy.Conditional, 3, Samples.Start, Letters.Options()));
        Assert.Null(ReplaySchedule.Next(ReplayStrategy.Manual, 0, Samples.Start, Letters.Options()));
    }

    /// <summary>Zone; times of day; now and next in UTC.</summary>
    [Theory]
    [InlineData("UTC", "02:00,03:00,04:00", "2026-03-01T12:00:00Z", "2026-03-02T02:00:00Z")]
    [InlineData("UTC", "02:00,03:00,04:00", "2026-03-01T02:00:00Z", "2026-03-01T03:00:00Z")]
    [InlineData("UTC", "02:00,03:00,04:00", "2026-03-01T01:59:59.9999999Z", "2026-03-01T02:00:00Z")]
    [InlineData("UTC", "04:00,02:00,03:00", "2026-03-01T03:30:00Z", "2026-03-01T04:00:00Z")]
    [InlineData("UTC", "00:00", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z")]
    [InlineData("UTC", "00:00", "2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z")]
    [InlineData("Europe/Berlin", "02:00", "2026-01-15T12:00:00Z", "2026-01-16T01:00:00Z")]
    [InlineData("Europe/Berlin", "02:00", "2026-07-15T12:00:00Z", "2026-07-16T00:00:00Z")]
    [InlineData("Asia/Kathmandu", "02:00", "2026-01-15T12:00:00Z", "2026-01-15T20:15:00Z")]
    [InlineData("Pacific/Kiritimati", "02:00", "2026-01-15T11:59:59Z", "2026-01-15T12:00:00Z")]
    // Summer time begins: 02:00 to 03:00 is skipped, and what falls there comes after the gap.
    [InlineData("Europe/Berlin", "02:00", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("Europe/Berlin", "02:30", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z")]
    [InlineData("Europe/Berlin", "02:00,03:00", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z")]
    [InlineData("Europe/Berlin", "03:00", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("Europe/Berlin", "01:59", "2026-03-28T12:00:00Z", "2026-03-29T00:59:00Z")]
    [InlineData("America/New_York", "02:30", "2026-03-07T12:00:00Z", "2026-03-08T07:30:00Z")]
    [InlineData("Australia/Lord_Howe", "02:00", "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z")]
    [InlineData("Australia/Lord_Howe", "02:15", "2026-10-03T12:00:00Z", "2026-10-03T15:45:00Z")]
    [InlineData("Australia/Lord_Howe", "02:30", "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z")]
    // Zones whose winter time is the exception, as the law there says.
    [InlineData("Europe/Dublin", "01:30", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z")]
    [InlineData("Europe/Dublin", "01:30", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z")]
    [InlineData("Africa/Casablanca", "02:30", "2026-03-21T12:00:00Z", "2026-03-22T02:30:00Z")]
    [InlineData("Africa/Casablanca", "02:30", "2026-02-14T12:00:00Z", "2026-02-15T01:30:00Z")]
    // Summer time ends: 02:00 to 03:00 comes twice, and counts the first time.
    [InlineData("Europe/Berlin", "02:30", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z")]
    [InlineData("Europe/Berlin", "02:30", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("Europe/Berlin", "02:30", "2026-10-25T01:15:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("Europe/Berlin", "02:00", "2026-10-24T23:59:59Z", "2026-10-25T00:00:00Z")]
    [InlineData("Europe/Berlin", "03:00", "2026-10-24T12:00:00Z", "2026-10-25T02:00:00Z")]
    [InlineData("America/New_York", "01:30", "2026-10-31T12:00:00Z", "2026-11-01T05:30:00Z")]
    [InlineData("America/New_York", "01:30", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z")]
    [InlineData("Australia/Lord_Howe", "01:45", "2026-04-04T12:00:00Z", "2026-04-04T14:45:00Z")]
    // A gap at midnight moves a time of the day before onto today, or today's first moment behind it.
    [InlineData("America/Santiago", "00:00", "2026-09-05T12:00:00Z", "2026-09-06T04:00:00Z")]
    [InlineData("America/Santiago", "00:30", "2026-09-06T03:59:00Z", "2026-09-06T04:30:00Z")]
    [InlineData("Africa/Cairo", "00:00,23:59", "2026-04-23T21:59:30Z", "2026-04-23T22:00:00Z")]
    public void Off_peak_is_the_next_of_the_local_times(string zone, string times, string now, string next) =>
        Assert.Equal(Utc(next), ReplaySchedule.NextOffPeak(Utc(now), Letters.OffPeak(zone, times)));

    [Fact]
    public void Off_peak_is_always_strictly_later_within_two_days_and_at_one_of_the_times_unless_a_gap_moved_it() => Laws.Hold(
        Cases(),
        c =>
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById(c.Zone);
            var options = Letters.OffPeak(c.Zone, c.Times);
            var next = ReplaySchedule.NextOffPeak(c.Now, options);
            Assert.True(next > c.Now);
            Assert.True(next - c.Now <= TimeSpan.FromHours(49), $"{next - c.Now}");
            var local = TimeZoneInfo.ConvertTime(next, zone).DateTime;
            Assert.True(
                options.OffPeakTimes.Contains(TimeOnly.FromDateTime(local)) || IsMovedByGap(zone, local, options),
                $"{local:O} is none of {c.Times}.");
        },
        times: 3_000);

    [Fact]
    public void Following_the_schedule_misses_no_day_and_repeats_none()
    {
        foreach (var zoneName in _zones)
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneName);
            var options = Letters.OffPeak(zoneName, "02:30");
            var now = Utc("2026-01-01T00:00:00Z");
            var days = new HashSet<DateOnly>();
            while (now < Utc("2027-01-01T00:00:00Z"))
            {
                now = ReplaySchedule.NextOffPeak(now, options);
                Assert.True(days.Add(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime)), $"{zoneName}: twice on {now:O}");
            }

            Assert.InRange(days.Count, 365, 366);
        }
    }

    [Fact]
    public void More_times_never_make_the_next_one_later() => Laws.Hold(Cases(), c => Assert.True(
        ReplaySchedule.NextOffPeak(c.Now, Letters.OffPeak(c.Zone, c.Times + ",12:34")) <= ReplaySchedule.NextOffPeak(c.Now, Letters.OffPeak(c.Zone, c.Times))));

    /// <summary>Whether the local time just behind a gap stands for a configured one within it.</summary>
    private static bool IsMovedByGap(TimeZoneInfo zone, DateTime local, DlqOptions options) =>
        _gaps.Any(minutes =>
        {
            var skipped = local.AddMinutes(-minutes);
            return options.OffPeakTimes.Contains(TimeOnly.FromDateTime(skipped)) && !Exists(zone, skipped);
        });

    /// <summary>Whether a clock on the wall ever shows this, found by trying: .NET's own answer is not right in every zone.</summary>
    private static bool Exists(TimeZoneInfo zone, DateTime local) => new[] { -1, 1 }
        .Select(day => zone.GetUtcOffset(new DateTimeOffset(local, TimeSpan.Zero).AddDays(day)))
        .Any(offset => TimeZoneInfo.ConvertTime(new DateTimeOffset(local, offset), zone).DateTime == local);

    private static FsCheck.Gen<(string Zone, string Times, DateTimeOffset Now)> Cases()
    {
        var time = from hour in Gen.Choose(0, 23)
                   from minute in Gen.Elements(0, 1, 15, 30, 45, 59)
                   select string.Create(CultureInfo.InvariantCulture, $"{hour:00}:{minute:00}");

        // Half of the moments lie around a change of the clocks.
        static DateTimeOffset Near(string name, int year, int which, int minutes)
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById(name);
            var at = new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero);
            var changes = Enumerable.Range(0, 366 * 24).Select(hour => at.AddHours(hour))
                .Where(hour => zone.GetUtcOffset(hour) != zone.GetUtcOffset(hour.AddHours(1))).ToArray();
            return (changes.Length == 0 ? at : changes[which % changes.Length]).AddMinutes(minutes);
        }

        return from zone in Gen.Elements(_zones)
               from times in time.NonEmptyListOf().Resize(4)
               from year in Gen.Choose(2024, 2037)
               from which in Gen.Choose(0, 3)
               from minutes in Gen.OneOf(Gen.Choose(-2_880, 2_880), Gen.Choose(-90, 90), Gen.Choose(0, 525_600))
               select (zone, string.Join(',', times), Near(zone, year, which, minutes));
    }

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
