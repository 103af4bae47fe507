namespace DlqCluster.Hosting;

/// <summary>
/// Says when a grain that seldom writes should read its state anew. When a cluster's directory errs, a grain may live on two silos for a
/// moment, and what the other one stored then is noticed by the next write: by who never writes, never.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class Recheck(TimeProvider time)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(1);

    private long _checkedAt = time.GetTimestamp();

    private bool _hasReason;

    /// <summary>Says that somebody else may have had the grain until now: it should be read within a second.</summary>
    public void Hasten() => _hasReason = true;

    /// <summary>Whether it is time; if so, the next time is an interval away.</summary>
    public bool IsDue()
    {
        if (time.GetElapsedTime(_checkedAt) < (_hasReason ? _soon : _interval)) return false;
        (_checkedAt, _hasReason) = (time.GetTimestamp(), false);
        return true;
    }
}
