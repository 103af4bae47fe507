namespace DlqCluster.Grains.Tests.Engine.Silos;

/// <summary>
/// The world's clock as reminders see it. Orleans waits for a moment in whole milliseconds, and then looks at the clock until it has come:
/// this one goes on by a tick each time it is looked at.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class ReminderTime(TimeProvider time) : TimeProvider
{
    private readonly Lock _lock = new();
    private DateTimeOffset _last;
    private long _looks;

    public override long TimestampFrequency => time.TimestampFrequency;

    public override long GetTimestamp() => time.GetTimestamp();

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            _looks = now == _last ? _looks + 1 : 0;
            _last = now;
            return now.AddTicks(Math.Min(_looks, TimeSpan.TicksPerMillisecond));
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);
}
