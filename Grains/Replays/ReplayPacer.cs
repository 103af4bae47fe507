namespace DlqCluster.Replays;

/// <summary>Spreads a job's replays over time: what the rate allows accumulates, up to a limit. No clock, no input or output.</summary>
/// <param name="Tokens">Replays that may start now.</param>
internal readonly record struct ReplayPacer(double Tokens)
{
    /// <summary>Whole replays that may start now.</summary>
    public int Whole => (int)Math.Floor(Tokens + Tolerance);

    /// <summary>What sums of fractions may be off by.</summary>
    private const double Tolerance = 1e-6;

    /// <summary>Lets time pass.</summary>
    /// <param name="rate">Replays a second.</param>
    /// <param name="elapsed">How long.</param>
    /// <param name="maxCatchUp">How much time's worth may accumulate; one whole replay always may.</param>
    public ReplayPacer Refill(double rate, TimeSpan elapsed, TimeSpan maxCatchUp) =>
        new(Math.Min(Tokens + (rate * elapsed.TotalSeconds), Math.Max(1, rate * maxCatchUp.TotalSeconds)));

    /// <summary>Takes out what was started; a negative number gives back what was not.</summary>
    /// <param name="count">How many.</param>
    public ReplayPacer Take(int count) => new(Math.Max(0, Tokens - count));
}
