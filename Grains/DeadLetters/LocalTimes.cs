namespace DlqCluster.DeadLetters;

/// <summary>Local times of a time zone. No clock, no input or output.</summary>
internal static class LocalTimes
{
    /// <summary>
    /// A local time as an instant. Where clocks change, the offsets of the day before and the day after are tried, the larger (summer)
    /// first: the one that leads back to the local time is right. If none does, the time is skipped, and the offset before the gap puts
    /// it behind the gap. The framework's own questions (is it invalid, is it ambiguous) are not asked: for zones whose winter time is
    /// their exception, such as Europe/Dublin, it does not know these gaps.
    /// </summary>
    public static DateTimeOffset ToInstant(DateTime local, TimeZoneInfo zone) => ToInstant(local, zone, last: false);

    /// <summary>The same, but of a local time that comes twice, the second.</summary>
    public static DateTimeOffset ToLastInstant(DateTime local, TimeZoneInfo zone) => ToInstant(local, zone, last: true);

    private static DateTimeOffset ToInstant(DateTime local, TimeZoneInfo zone, bool last)
    {
        var before = zone.GetUtcOffset(DateTime.SpecifyKind(local.AddDays(-1), DateTimeKind.Unspecified));
        var after = zone.GetUtcOffset(DateTime.SpecifyKind(local.AddDays(1), DateTimeKind.Unspecified));
        var larger = before > after ? before : after;
        var smaller = before > after ? after : before;
        foreach (var offset in last ? new[] { smaller, larger } : [larger, smaller])
        {
            var instant = new DateTimeOffset(local, offset);
            if (TimeZoneInfo.ConvertTime(instant, zone).DateTime == local) return instant.ToUniversalTime();
        }

        return new DateTimeOffset(local, before).ToUniversalTime();
    }
}
