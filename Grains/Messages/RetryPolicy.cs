using DlqCluster.Downstreams;
using DlqCluster.Hosting;

namespace DlqCluster.Messages;

/// <summary>
/// When a failed attempt is repeated: exponential backoff with a spread. The message's own wishes win over the downstream's, and those over
/// the general policy.
/// </summary>
/// <param name="MaxRetries">Retries after the first attempt.</param>
/// <param name="BaseBackoff">Backoff before the first retry.</param>
/// <param name="MaxBackoff">Longest backoff.</param>
/// <param name="Jitter">How far a backoff may stray to either side, 0 to 1.</param>
internal readonly record struct RetryPolicy(int MaxRetries, TimeSpan BaseBackoff, TimeSpan MaxBackoff, double Jitter)
{
    private const int Factor = 2;

    /// <summary>The policy for one message.</summary>
    public static RetryPolicy Resolve(RetryOptions general, RetryOverrides? downstream, RetryOverrides? message) => new(
        message?.MaxRetries ?? downstream?.MaxRetries ?? general.MaxRetries,
        TimeSpan.FromMilliseconds(message?.BaseBackoffMs ?? downstream?.BaseBackoffMs ?? general.BaseBackoffMs),
        TimeSpan.FromMilliseconds(message?.MaxBackoffMs ?? downstream?.MaxBackoffMs ?? general.MaxBackoffMs),
        (message?.JitterPercent ?? downstream?.JitterPercent ?? general.JitterPercent) / 100.0);

    /// <summary>Whether another attempt may follow.</summary>
    /// <param name="attemptsMade">Attempts made so far, all failed.</param>
    public bool AllowsAnother(int attemptsMade) => attemptsMade <= MaxRetries;

    /// <summary>
    /// How long to wait before a retry: drawn evenly from the backoff ± its jitter, cut at the longest backoff, so that retries at the
    /// ceiling are spread below it instead of meeting there.
    /// </summary>
    /// <param name="retry">1 for the first retry.</param>
    /// <param name="draw">Evenly drawn from 0 up to 1.</param>
    /// <param name="retryAfter">What the downstream asked for. It is obeyed, up to the longest backoff, and never shortens the wait.</param>
    public TimeSpan Backoff(int retry, double draw, TimeSpan? retryAfter)
    {
        var ceiling = Math.Max(MaxBackoff.TotalMilliseconds, 1);
        var middle = Math.Min(BaseBackoff.TotalMilliseconds * Math.Pow(Factor, Math.Min(retry - 1, 62)), ceiling);
        var shortest = middle * (1 - Jitter);
        var longest = Math.Min(middle * (1 + Jitter), ceiling);
        var wait = shortest + ((longest - shortest) * draw);
        // Whoever was told the same time to come back is spread behind it.
        if (retryAfter is { } asked) wait = Math.Max(wait, Math.Min(asked.TotalMilliseconds * (1 + (Jitter * draw)), ceiling));
        // Whole milliseconds: what timers and stores keep.
        return TimeSpan.FromMilliseconds(Math.Max(1, Math.Round(wait)));
    }
}
