using DlqCluster.Hosting;

namespace DlqCluster.Replays;

/// <summary>How long replay jobs take. No clock, no input or output.</summary>
public static class ReplayEstimate
{
    /// <summary>Seconds that a number of replays takes, from the beginning, if all goes well.</summary>
    /// <param name="count">How many.</param>
    /// <param name="cap">The job's rate.</param>
    /// <param name="ramp">Whether it goes up in steps.</param>
    /// <param name="options">How long steps last.</param>
    public static double Seconds(long count, double cap, bool ramp, ReplayOptions options)
    {
        double seconds = 0, left = count;
        for (var step = 0; ramp && left > 0 && ReplayRamps.Rate(step, cap) < cap; step++)
        {
            var rate = ReplayRamps.Rate(step, cap);
            var lasts = Math.Max(options.RampStepMs / 1_000.0, options.RampMinimumOutcomes / rate);
            if (left <= rate * lasts) return seconds + (left / rate);
            (seconds, left) = (seconds + lasts, left - (rate * lasts));
        }

        return seconds + (left / cap);
    }
}
