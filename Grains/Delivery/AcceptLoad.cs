using DlqCluster.Hosting;
using Microsoft.Extensions.Options;

namespace DlqCluster.Delivery;

/// <summary>
/// How many messages this silo is just accepting. When they are many, deliveries make way for them: who hands messages over waits for an answer,
/// while what is accepted is safe and can wait. Once the queue is half full deliveries have their full share again, for otherwise it would fill up.
/// </summary>
internal sealed class AcceptLoad(QueueTracker queue, TimeProvider time, IOptions<DeliveryOptions> delivery, IOptions<QueueOptions> limits)
{
    private const long Never = long.MinValue;

    private int _underWay;
    private long _highAt = Never;

    /// <summary>For how much longer deliveries should make way; zero when they need not.</summary>
    public TimeSpan YieldFor
    {
        get
        {
            var highAt = Volatile.Read(ref _highAt);
            if (highAt == Never) return TimeSpan.Zero;
            var left = TimeSpan.FromMilliseconds(delivery.Value.YieldMs) - time.GetElapsedTime(highAt);
            return left > TimeSpan.Zero && queue.Depth < limits.Value.MaxSize / 2 ? left : TimeSpan.Zero;
        }
    }

    /// <summary>A message is being accepted.</summary>
    /// <returns>To be disposed when it has been, or could not be.</returns>
    public Accepting Begin()
    {
        if (Interlocked.Increment(ref _underWay) > delivery.Value.YieldAbove) Volatile.Write(ref _highAt, time.GetTimestamp());
        return new Accepting(this);
    }

    /// <summary>A message that is being accepted.</summary>
    internal readonly struct Accepting(AcceptLoad load) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => Interlocked.Decrement(ref load._underWay);
    }
}
