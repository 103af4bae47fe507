namespace DlqCluster.Delivery;

/// <summary>
/// Paces attempts: tokens come in at a rate and are taken one by one. The bucket holds what comes in within a tenth of a second, and at
/// least one, so that a pace is a pace and not a series of herds.
/// </summary>
internal struct TokenBucket
{
    private const double BurstSeconds = 0.1;

    private double _tokens;
    private long _filledAt;

    /// <summary>Takes a token.</summary>
    /// <param name="perSecond">The rate; null for no limit.</param>
    /// <param name="now">A monotonic time, in ticks of 100 ns.</param>
    /// <param name="wait">How long until there is one, when there is none.</param>
    /// <returns>False when there is none.</returns>
    public bool TryTake(double? perSecond, long now, out TimeSpan wait)
    {
        wait = default;
        if (perSecond is not { } rate) return true;
        var capacity = Math.Max(1, rate * BurstSeconds);
        var elapsed = Math.Max(0, now - _filledAt) / (double)TimeSpan.TicksPerSecond;
        _tokens = Math.Min(capacity, _tokens + (elapsed * rate));
        _filledAt = now;
        if (_tokens >= 1)
        {
            _tokens -= 1;
            return true;
        }

        // Never nothing: what is missing may be too little for a tick of the clock, and who waits for nothing asks again at once, and again.
        wait = TimeSpan.FromTicks(Math.Max(1, (long)Math.Ceiling((1 - _tokens) / rate * TimeSpan.TicksPerSecond)));
        return false;
    }
}
