using Orleans;

namespace DlqCluster.Embedded;

/// <summary>When a reminder is due: at its start, and then once every period. What was missed is not made up for.</summary>
internal static class ReminderSchedule
{
    /// <summary>The first due time at or after a moment.</summary>
    /// <param name="entry">The reminder.</param>
    /// <param name="now">The moment, in UTC.</param>
    public static DateTime AtOrAfter(ReminderEntry entry, DateTime now)
    {
        if (now <= entry.StartAt) return entry.StartAt;
        // A period of zero is possible where no shortest one is set: it is always due.
        if (entry.Period <= TimeSpan.Zero) return now;
        var periods = (now.Ticks - entry.StartAt.Ticks + entry.Period.Ticks - 1) / entry.Period.Ticks;
        return entry.StartAt.AddTicks(periods * entry.Period.Ticks);
    }

    /// <summary>The first due time after a moment.</summary>
    /// <param name="entry">The reminder.</param>
    /// <param name="moment">The moment, in UTC.</param>
    public static DateTime After(ReminderEntry entry, DateTime moment) => AtOrAfter(entry, moment.AddTicks(1));
}
