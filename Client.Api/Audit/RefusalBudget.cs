namespace DlqCluster.Api.Audit;

/// <summary>How many refusals are recorded a minute. Those that exceed it are only counted.</summary>
/// <param name="perMinute">The limit.</param>
internal sealed class RefusalBudget(int perMinute)
{
    private static readonly TimeSpan _window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private DateTimeOffset _begin = DateTimeOffset.MinValue;
    private int _taken;
    private long _omitted;

    /// <summary>Whether one more may be recorded now.</summary>
    /// <param name="now">The time.</param>
    /// <param name="omitted">How many were not, since the last one that was.</param>
    public bool TryTake(DateTimeOffset now, out long omitted)
    {
        lock (_gate)
        {
            // A clock that is set back begins a new window as well.
            if (now - _begin >= _window || now < _begin) (_begin, _taken) = (now, 0);
            omitted = _omitted;
            if (_taken >= perMinute)
            {
                _omitted++;
                return false;
            }

            _taken++;
            _omitted = 0;
            return true;
        }
    }
}
