namespace DlqCluster.Breakers;

/// <summary>
/// Whether the silos that send agree that a downstream is sick. Where there are two or more, no rule trips on the word of one of them: it must
/// also be met by what the others saw, whichever one is left out.
/// </summary>
internal static class SiloAgreement
{
    /// <summary>
    /// Of the failures that a rule needs, the share that must come from others than the silo with the most. A stray failure somewhere else is
    /// not yet a second witness.
    /// </summary>
    private const double OthersShare = 0.25;

    /// <summary>The rules that the silos agree on.</summary>
    /// <param name="silos">All silos that are known.</param>
    /// <param name="rowNumber">The present row of failures.</param>
    /// <param name="settings">The rules' numbers.</param>
    /// <param name="now">The time.</param>
    public static TripRules On(IEnumerable<SiloEvidence> silos, long rowNumber, BreakerSettings settings, DateTimeOffset now)
    {
        var senders = Senders(silos, settings, now);
        if (senders.Length < 2) return TripRules.All;
        var rules = TripRules.None;
        if (OnRow(senders, rowNumber, settings)) rules |= TripRules.Row;
        var counts = Array.ConvertAll(senders, silo => silo.Counts(settings, now));
        if (OnShare(counts, static one => one.Failures, settings.FailureRatio, settings)) rules |= TripRules.Ratio;
        if (OnShare(counts, static one => one.Slow, settings.SlowCallRatio, settings)) rules |= TripRules.Slow;
        return rules;
    }

    /// <summary>
    /// Whether it is the downstream that is sick and not the silos that are cut off from it: half of those that send, and at least two, or all.
    /// </summary>
    /// <returns>How many are cut off, and how many send; null when they are too few.</returns>
    public static (int CutOff, int Senders)? OnCutOff(IEnumerable<SiloEvidence> silos, BreakerSettings settings, DateTimeOffset now)
    {
        var senders = Senders(silos, settings, now);
        var cutOff = senders.Count(silo => silo.IsCutOff);
        return cutOff >= Math.Min(2, senders.Length) && cutOff > 0 && cutOff * 2 >= senders.Length ? (cutOff, senders.Length) : null;
    }

    /// <summary>Silos that have sent, or wanted to, within the window: a gate without traffic says nothing.</summary>
    private static SiloEvidence[] Senders(IEnumerable<SiloEvidence> silos, BreakerSettings settings, DateTimeOffset now)
    {
        var from = now.AddMilliseconds(-settings.WindowMs);
        return silos.Where(silo => silo.HeardAt >= from).ToArray();
    }

    private static bool OnRow(SiloEvidence[] senders, long rowNumber, BreakerSettings settings)
    {
        var (all, most) = (0, 0);
        foreach (var silo in senders)
        {
            var row = silo.RowNumber == rowNumber ? silo.Row : 0;
            all += row;
            most = Math.Max(most, row);
        }

        return all - most >= FromOthers(settings.ConsecutiveFailures);
    }

    private static bool OnShare(BreakerCounts[] counts, Func<BreakerCounts, long> bad, double ratio, BreakerSettings settings)
    {
        var (allBad, all) = (counts.Sum(bad), counts.Sum(one => one.Total));
        var needed = FromOthers(settings.MinimumRequests * ratio);
        return counts.All(one =>
        {
            var (othersBad, others) = (allBad - bad(one), all - one.Total);
            return othersBad >= needed && othersBad >= others * ratio;
        });
    }

    private static long FromOthers(double failures) => Math.Max(1, (long)Math.Ceiling(failures * OthersShare));
}
