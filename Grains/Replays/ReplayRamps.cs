using System.Globalization;
using DlqCluster.Hosting;

namespace DlqCluster.Replays;

/// <summary>What a ramp decides: 1, 2, 5, 10, 20, 50 … replays a second up to the job's rate. No clock, no input or output.</summary>
internal static class ReplayRamps
{
    private static readonly double[] _mantissas = [1, 2, 5];

    /// <summary>The rate of a step.</summary>
    /// <param name="step">0 for the first.</param>
    /// <param name="cap">The job's rate.</param>
    public static double Rate(int step, double cap) =>
        Math.Min(cap, _mantissas[step % _mantissas.Length] * Math.Pow(10, Math.Min(step / _mantissas.Length, 300)));

    /// <summary>Counts replays that ended.</summary>
    public static ReplayRamp Count(ReplayRamp ramp, int delivered, int failed) =>
        ramp with { Ended = ramp.Ended + delivered + failed, Failed = ramp.Failed + failed };

    /// <summary>
    /// Lets time pass: a step that has lasted long enough, and in which enough has ended to judge it, gives way to the next. At the cap each
    /// step gives way to one like it, so that only what happened lately counts.
    /// </summary>
    public static ReplayRamp Advance(ReplayRamp ramp, double cap, DateTimeOffset now, ReplayOptions options)
    {
        // A step that seems to begin only later began before the clock was set back.
        if (now < ramp.Since) return ramp with { Since = now };
        if ((now - ramp.Since).TotalMilliseconds < options.RampStepMs || ramp.Ended < options.RampMinimumOutcomes) return ramp;
        return new ReplayRamp { Step = Rate(ramp.Step, cap) < cap ? ramp.Step + 1 : ramp.Step, Since = now };
    }

    /// <summary>Why the job is to stop itself; null when it is not.</summary>
    public static string? ReasonToStop(ReplayRamp ramp, ReplayOptions options)
    {
        if (ramp.Ended < options.RampMinimumOutcomes || ramp.Failed < options.RampFailureRatio * ramp.Ended) return null;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{ramp.Failed} of the last {ramp.Ended} replays failed again; it stops at a share of {options.RampFailureRatio} (Replays:RampFailureRatio).");
    }
}
