using System.Globalization;

namespace DlqCluster.Breakers;

/// <summary>
/// What a circuit breaker decides: each function takes the record, the settings, what happened and the time, and returns the next record.
/// No clock, no input or output. The counting is <see cref="BreakerWindow"/>'s; which silo saw what is <see cref="ClusterBreaker"/>'s.
/// </summary>
internal static class CircuitBreaker
{
    /// <summary>What a product of a count and a ratio may be off by: 7 of 100 is 0.07.</summary>
    private const double Tolerance = 1e-9;

    /// <summary>How many transitions are kept.</summary>
    public const int TransitionsKept = 50;

    /// <summary>Lets time pass: a forced mode ends, an open breaker becomes half-open, lost probes fall back, a starved half-open decides.</summary>
    public static BreakerRecord Tick(BreakerRecord record, BreakerSettings settings, DateTimeOffset now)
    {
        if (record.ModeUntil <= now) record = EndOfMode(record, now);
        if (record.Mode != BreakerMode.Auto) return record;
        if (record.State == BreakerState.Open && now >= ProbesFrom(record, settings)) record = HalfOpen(record, now);
        return record.State == BreakerState.HalfOpen ? TickHalfOpen(record, settings, now) : record;
    }

    /// <summary>Counts outcomes, and trips if they say so.</summary>
    public static BreakerRecord Report(BreakerRecord record, BreakerSettings settings, BreakerReport report, DateTimeOffset now)
    {
        record = Count(record, settings, report, now);
        var reason = ReasonToTrip(record, settings, TripRules.All, report.LastError, now);
        return reason is null ? record : Open(record, reason, now);
    }

    /// <summary>Counts outcomes, and decides nothing.</summary>
    public static BreakerRecord Count(BreakerRecord record, BreakerSettings settings, BreakerReport report, DateTimeOffset now) =>
        record.Mode == BreakerMode.Disabled || (report.Successes == 0 && report.Failures == 0)
            ? record
            : record with
            {
                Window = BreakerWindow.Add(record.Window, settings.WindowMs, now, report.Successes, report.Failures, report.Slow),
                ConsecutiveFailures = report.Successes > 0 ? report.TrailingFailures : record.ConsecutiveFailures + report.Failures,
            };

    /// <summary>Why a closed breaker trips on what it has counted; null when it does not.</summary>
    /// <param name="record">The breaker.</param>
    /// <param name="settings">When it trips.</param>
    /// <param name="rules">The rules that may trip it.</param>
    /// <param name="error">The newest failure in words.</param>
    /// <param name="now">The time.</param>
    public static string? ReasonToTrip(BreakerRecord record, BreakerSettings settings, TripRules rules, string? error, DateTimeOffset now)
    {
        // Outcomes of what was sent before it opened are counted, but decide nothing: only probes close or reopen it.
        if (record.Mode != BreakerMode.Auto || record.State != BreakerState.Closed) return null;
        if (rules.HasFlag(TripRules.Row) && settings.ConsecutiveFailures > 0 && record.ConsecutiveFailures >= settings.ConsecutiveFailures)
            return Because($"{record.ConsecutiveFailures} failures in a row", error);
        var counts = BreakerWindow.Sum(record.Window, settings.WindowMs, now);
        if (counts.Total < settings.MinimumRequests) return null;
        if (rules.HasFlag(TripRules.Ratio) && counts.FailureRatio >= settings.FailureRatio)
            return Because($"{counts.Failures} of {counts.Total} attempts failed", error);
        return rules.HasFlag(TripRules.Slow) && settings.SlowCallMs is not null && counts.SlowRatio >= settings.SlowCallRatio
            ? $"{counts.Slow} of {counts.Total} attempts took longer than {settings.SlowCallMs} ms"
            : null;
    }

    /// <summary>Gives out a permit for one probe, if one is free.</summary>
    /// <param name="record">The breaker.</param>
    /// <param name="settings">How many it lets out.</param>
    /// <param name="lapse">How long until the permit falls back.</param>
    /// <param name="now">The time.</param>
    /// <param name="silo">Who asks.</param>
    /// <param name="prefix">What tells this breaker's permits from those of another.</param>
    /// <returns>The next record, and the permit or null.</returns>
    public static (BreakerRecord Record, string? Permit) AcquireProbe(
        BreakerRecord record, BreakerSettings settings, TimeSpan lapse, DateTimeOffset now, string silo = "", string prefix = "")
    {
        if (record.Mode != BreakerMode.Auto || record.State != BreakerState.HalfOpen) return (record, null);
        if (record.ProbeSuccesses + record.ProbeFailures + record.ProbesOut.Count >= settings.Probes) return (record, null);
        var number = record.PermitsGiven + 1;
        var permit = string.Create(CultureInfo.InvariantCulture, $"{prefix}{record.Version}-{number}");
        BreakerProbe[] probes = [.. record.ProbesOut, new BreakerProbe(permit, now + lapse, silo)];
        return (record with { PermitsGiven = number, ProbesOut = probes }, permit);
    }

    /// <summary>A probe came back.</summary>
    public static BreakerRecord ReportProbe(
        BreakerRecord record, BreakerSettings settings, string permit, bool? succeeded, string? error, DateTimeOffset now)
    {
        var probes = record.ProbesOut.Where(probe => probe.Id != permit).ToArray();
        if (probes.Length == record.ProbesOut.Count) return record;
        record = record with { ProbesOut = probes };
        if (record.State != BreakerState.HalfOpen || succeeded is null) return record;
        record = succeeded.Value
            ? record with { ProbeSuccesses = record.ProbeSuccesses + 1 }
            : record with { ProbeFailures = record.ProbeFailures + 1 };
        var needed = NeededSuccesses(settings);
        if (record.ProbeSuccesses >= needed) return Close(record, $"{record.ProbeSuccesses} probes succeeded", now);
        return settings.Probes - record.ProbeFailures < needed
            ? Open(record, Because($"{record.ProbeFailures} probes failed", error), now)
            : record;
    }

    /// <summary>An operator puts it into a mode. Auto is a reset: closed, and nothing counted.</summary>
    public static BreakerRecord Force(BreakerRecord record, ForceBreaker command, DateTimeOffset now)
    {
        var before = record.EffectiveState;
        var reset = command.Mode == BreakerMode.Auto;
        record = record with
        {
            Mode = command.Mode,
            ModeReason = reset ? null : command.Reason,
            ModeUntil = reset ? null : now + command.For,
            State = BreakerState.Closed,
            OpenedAt = command.Mode == BreakerMode.ForcedOpen ? now : null,
            HalfOpenAt = null,
            ClosedAt = before != BreakerState.Closed && command.Mode != BreakerMode.ForcedOpen ? now : record.ClosedAt,
            Window = reset ? [] : record.Window,
            // Probes that are out stay out, whoever decides now: they count against the permitted number until they are back.
            ConsecutiveFailures = 0,
        };
        return Note(record, before, command.Reason, command.By, now);
    }

    /// <summary>When an open breaker begins to probe.</summary>
    public static DateTimeOffset ProbesFrom(BreakerRecord record, BreakerSettings settings) =>
        (record.OpenedAt ?? DateTimeOffset.MinValue) + TimeSpan.FromMilliseconds(settings.OpenMs);

    /// <summary>
    /// The rate that the recovery ramp admits over all silos; null when there is none. It starts low and doubles at fixed intervals.
    /// </summary>
    public static double? RampRate(BreakerRecord record, BreakerSettings settings, DateTimeOffset now)
    {
        if (record.ClosedAt is not { } closedAt || settings.RampDoublingMs == 0) return null;
        var doublings = Math.Floor((now - closedAt).TotalMilliseconds / settings.RampDoublingMs);
        var rate = settings.RampStartPerSecond * Math.Pow(2, Math.Clamp(doublings, 0, 62));
        return rate >= settings.RampEndPerSecond ? null : rate;
    }

    /// <summary>Moves the moments that it waits from back, as the clock was. What has been noted stays as it was noted.</summary>
    public static BreakerRecord SetBack(BreakerRecord record, TimeSpan by) => record with
    {
        ModeUntil = record.ModeUntil - by,
        OpenedAt = record.OpenedAt - by,
        HalfOpenAt = record.HalfOpenAt - by,
        ClosedAt = record.ClosedAt - by,
        Window = BreakerWindow.SetBack(record.Window, by),
        ProbesOut = record.ProbesOut.Select(probe => probe with { LapsesAt = probe.LapsesAt - by }).ToArray(),
    };

    /// <summary>How far the clock must have been set back since a record was stored, judging by moments that would else lie ahead.</summary>
    public static TimeSpan Ahead(BreakerRecord record, DateTimeOffset now)
    {
        DateTimeOffset?[] moments = [record.OpenedAt, record.HalfOpenAt, record.ClosedAt];
        return moments.Max() is { } newest && newest > now ? newest - now : TimeSpan.Zero;
    }

    /// <summary>Keeps a transition.</summary>
    public static BreakerRecord Note(BreakerRecord record, BreakerTransition transition) => record with
    {
        Version = record.Version + 1,
        Transitions = record.Transitions.Prepend(transition).Take(TransitionsKept).ToArray(),
    };

    private static BreakerRecord TickHalfOpen(BreakerRecord record, BreakerSettings settings, DateTimeOffset now)
    {
        if (record.ProbesOut.Any(probe => probe.LapsesAt <= now))
            record = record with { ProbesOut = record.ProbesOut.Where(probe => probe.LapsesAt > now).ToArray() };

        var completed = record.ProbeSuccesses + record.ProbeFailures;
        var starved = record.HalfOpenAt is { } since && now >= since + TimeSpan.FromMilliseconds(settings.HalfOpenMs);
        if (!starved || completed == 0 || record.ProbesOut.Count > 0) return record;
        return record.ProbeSuccesses >= (settings.ProbeSuccessRatio * completed) - Tolerance
            ? Close(record, $"traffic is rare, and {record.ProbeSuccesses} of {completed} probes succeeded", now)
            : Open(record, $"traffic is rare, and {record.ProbeFailures} of {completed} probes failed", now);
    }

    private static int NeededSuccesses(BreakerSettings settings) =>
        Math.Max(1, (int)Math.Ceiling((settings.Probes * settings.ProbeSuccessRatio) - Tolerance));

    private static BreakerRecord EndOfMode(BreakerRecord record, DateTimeOffset now)
    {
        var before = record.EffectiveState;
        // After a forced opening nobody knows how the downstream is: it is asked, not trusted.
        var probing = record.Mode == BreakerMode.ForcedOpen;
        record = record with
        {
            Mode = BreakerMode.Auto,
            ModeReason = null,
            ModeUntil = null,
            State = probing ? BreakerState.HalfOpen : BreakerState.Closed,
            OpenedAt = probing ? record.OpenedAt : null,
            HalfOpenAt = probing ? now : null,
            ProbeSuccesses = 0,
            ProbeFailures = 0,
            Window = [],
            ConsecutiveFailures = 0,
        };
        return Note(record, before, "the forced mode came to its end", null, now);
    }

    /// <summary>Opens it, whatever it has counted.</summary>
    public static BreakerRecord Open(BreakerRecord record, string reason, DateTimeOffset now) => Note(
        record with { State = BreakerState.Open, OpenedAt = now, HalfOpenAt = null, ClosedAt = null }, record.State, reason, null, now);

    private static BreakerRecord HalfOpen(BreakerRecord record, DateTimeOffset now) => Note(
        // Probes of an earlier round that are still out keep their place: there are never more out than permitted.
        record with { State = BreakerState.HalfOpen, HalfOpenAt = now, ProbeSuccesses = 0, ProbeFailures = 0 },
        record.State, "it has been open long enough", null, now);

    private static BreakerRecord Close(BreakerRecord record, string reason, DateTimeOffset now) => Note(
        record with
        {
            State = BreakerState.Closed,
            OpenedAt = null,
            HalfOpenAt = null,
            ClosedAt = now,
            Window = [],
            ConsecutiveFailures = 0,
        },
        record.State, reason, null, now);

    private static BreakerRecord Note(BreakerRecord record, BreakerState from, string reason, string? by, DateTimeOffset now) => Note(record, new()
    {
        At = now,
        From = from,
        To = record.EffectiveState,
        Mode = record.Mode,
        Reason = reason,
        By = by,
    });

    private static string Because(string fact, string? error) => error is null ? fact : $"{fact}; the last one: {error}";
}
