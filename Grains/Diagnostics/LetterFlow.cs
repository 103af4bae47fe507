namespace DlqCluster.Diagnostics;

/// <summary>How dead letters come and go: means over the last minutes.</summary>
/// <param name="Arrivals">New letters a second.</param>
/// <param name="Drained">Letters settled a second.</param>
/// <param name="SecondsToDrain">How long the backlog will last if it goes on shrinking like this: 0 when there is none, infinite when it does not shrink.</param>
internal readonly record struct LetterRates(double Arrivals, double Drained, double SecondsToDrain);

/// <summary>Works out rates from counts that are noted every few seconds. No clock of its own.</summary>
/// <param name="window">Over how long.</param>
internal sealed class LetterFlow(TimeSpan window)
{
    private readonly Queue<Sample> _samples = new();

    /// <summary>Takes new counts.</summary>
    /// <param name="at">When they were taken; later than the ones before.</param>
    /// <param name="arrived">Letters that have come in so far.</param>
    /// <param name="drained">Letters that have been settled so far.</param>
    /// <param name="backlog">Letters that will be replayed, or are.</param>
    public LetterRates Note(DateTimeOffset at, long arrived, long drained, long backlog)
    {
        var now = new Sample(at, arrived, drained, backlog);
        _samples.Enqueue(now);
        while (at - _samples.Peek().At > window) _samples.Dequeue();
        var first = _samples.Peek();
        var seconds = (at - first.At).TotalSeconds;
        if (seconds <= 0) return new LetterRates(0, 0, backlog == 0 ? 0 : double.PositiveInfinity);
        return new LetterRates((arrived - first.Arrived) / seconds, (drained - first.Drained) / seconds, ToDrain(first, now, seconds));
    }

    // By the backlog itself and not by what this silo has settled: other silos drain it as well.
    private static double ToDrain(Sample first, Sample now, double seconds)
    {
        if (now.Backlog == 0) return 0;
        var shrunk = first.Backlog - now.Backlog;
        return shrunk <= 0 ? double.PositiveInfinity : now.Backlog / (shrunk / seconds);
    }

    private readonly record struct Sample(DateTimeOffset At, long Arrived, long Drained, long Backlog);
}
