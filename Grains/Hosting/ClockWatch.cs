namespace DlqCluster.Hosting;

/// <summary>
/// Reads the clock on the wall and notices when it was set back, by a person or a time server. What was to wait for a short while must not
/// wait for as long as the clock is behind; so whoever stores moments of short waits moves them back by as much.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class ClockWatch(TimeProvider time)
{
    /// <summary>A clock that is corrected by less is not worth any trouble.</summary>
    private static readonly TimeSpan _tolerance = TimeSpan.FromSeconds(1);

    private DateTimeOffset _read = time.GetUtcNow();
    private long _stamp = time.GetTimestamp();

    /// <summary>The time.</summary>
    /// <param name="setBack">How far the clock has been set back since the last reading; zero when it has not.</param>
    public DateTimeOffset Read(out TimeSpan setBack)
    {
        var (now, stamp) = (time.GetUtcNow(), time.GetTimestamp());
        var expected = _read + time.GetElapsedTime(_stamp, stamp);
        setBack = expected - now > _tolerance ? expected - now : TimeSpan.Zero;
        (_read, _stamp) = (now, stamp);
        return now;
    }
}
