using System.Collections.Immutable;
using System.Globalization;

namespace DlqCluster.Breakers;

/// <summary>
/// One downstream's breaker over all silos: the record that <see cref="CircuitBreaker"/> decides on, and what each silo has seen, so that a
/// silo whose own network is broken cuts off itself and not everybody. Each turn returns the next one; no clock, no input or output. Only the
/// record is stored: what the silos saw is counted anew by a breaker that moves.
/// </summary>
internal sealed record ClusterBreaker
{
    /// <summary>A silo that was not heard of for so long wants nothing now.</summary>
    public static readonly TimeSpan HeardFor = TimeSpan.FromSeconds(10);

    /// <summary>How many silos are remembered.</summary>
    public const int SilosKept = 1_000;

    /// <summary>How long a silo is remembered that is not heard of; the longest window.</summary>
    private static readonly TimeSpan _kept = TimeSpan.FromHours(1);

    /// <summary>What is stored.</summary>
    public BreakerRecord Record { get; init; } = new();

    /// <summary>The silos, by name.</summary>
    public ImmutableSortedDictionary<string, SiloEvidence> Silos { get; init; } =
        ImmutableSortedDictionary.Create<string, SiloEvidence>(StringComparer.Ordinal);

    /// <summary>Grows with each success: failures in a row are counted from the last one, whoever had it.</summary>
    public long RowNumber { get; init; }

    private bool Decides => Record is { Mode: BreakerMode.Auto, State: BreakerState.Closed };

    /// <summary>A silo reported or asked.</summary>
    public ClusterBreaker Hear(string silo, DateTimeOffset now)
    {
        var isNew = !Silos.TryGetValue(silo, out var known);
        var silos = isNew ? Forget(now) : Silos;
        return this with { Silos = silos.SetItem(silo, (known ?? new SiloEvidence { Silo = silo }) with { HeardAt = now }) };
    }

    /// <summary>Whether a silo has reported or asked of late.</summary>
    public bool Hears(string silo, DateTimeOffset now) => Silos.TryGetValue(silo, out var known) && now - known.HeardAt <= HeardFor;

    /// <summary>How many silos want something now; at least one.</summary>
    public int Heard(DateTimeOffset now) => Math.Max(1, Silos.Values.Count(silo => now - silo.HeardAt <= HeardFor));

    /// <summary>Lets time pass.</summary>
    public ClusterBreaker Tick(BreakerSettings settings, DateTimeOffset now)
    {
        var next = Follow(CircuitBreaker.Tick(Record, settings, now), now).LetInAgain(settings, now);
        if (!next.Decides) return next;
        foreach (var silo in next.Silos.Values)
            if (silo.IsCutOff) next = next.Judge(silo, CircuitBreaker.Tick(silo.Own, settings, now), now);
        return next.OpenIfCutOff(settings, now);
    }

    /// <summary>Counts a silo's outcomes. They may cut off that silo, or open it for all.</summary>
    public ClusterBreaker Report(BreakerSettings settings, BreakerReport report, DateTimeOffset now)
    {
        var record = CircuitBreaker.Count(Record, settings, report, now);
        if (ReferenceEquals(record, Record)) return this;
        var next = this with { Record = record };
        if (!Decides || !Silos.TryGetValue(report.Silo, out var silo)) return next;
        next = next.CountRow(silo with { Own = CircuitBreaker.Count(silo.Own, settings, report, now) }, report);
        if (next.AgreedReason(settings, report.LastError, now) is { } reason) return next.Follow(CircuitBreaker.Open(record, reason, now), now);
        silo = next.Silos[report.Silo];
        var why = CircuitBreaker.ReasonToTrip(silo.Own, settings, TripRules.All, report.LastError, now);
        return why is null ? next : next.Judge(silo, CircuitBreaker.Open(silo.Own, why, now), now).OpenIfCutOff(settings, now);
    }

    /// <summary>Gives a silo a permit for one probe, if one is free: of all silos' probes, or of its own while it alone is cut off.</summary>
    public (ClusterBreaker Next, string? Permit) AcquireProbe(BreakerSettings settings, string name, TimeSpan lapse, DateTimeOffset now)
    {
        if (!Silos.TryGetValue(name, out var silo) || Record.Mode != BreakerMode.Auto) return (this, null);
        if (Record.State == BreakerState.Closed)
        {
            // Its own counting may begin anew at any time; the moment tells these permits from those before.
            var prefix = string.Create(CultureInfo.InvariantCulture, $"{name}/{now.UtcTicks}-");
            var (own, ownPermit) = CircuitBreaker.AcquireProbe(silo.Own, settings, lapse, now, name, prefix);
            return (ownPermit is null ? this : With(silo with { Own = own }), ownPermit);
        }

        if (silo.SitsOut) return (this, null);
        var (record, permit) = CircuitBreaker.AcquireProbe(Record, settings, lapse, now, name);
        return (permit is null ? this : this with { Record = record }, permit);
    }

    /// <summary>A probe came back.</summary>
    public ClusterBreaker ReportProbe(BreakerSettings settings, string permit, bool? succeeded, string? error, DateTimeOffset now)
    {
        if (Silos.Values.FirstOrDefault(one => one.Own.ProbesOut.Any(probe => probe.Id == permit)) is { } cutOff)
            return Judge(cutOff, CircuitBreaker.ReportProbe(cutOff.Own, settings, permit, succeeded, error, now), now);
        var sender = Record.ProbesOut.FirstOrDefault(probe => probe.Id == permit).Silo;
        var next = this;
        if (sender is not null && Silos.TryGetValue(sender, out var silo))
        {
            if (silo.SitsOut) succeeded = null;
            else if (succeeded == false && Record.State == BreakerState.HalfOpen) next = CountProbeFailure(silo);
        }

        return next.Follow(CircuitBreaker.ReportProbe(next.Record, settings, permit, succeeded, error, now), now);
    }

    /// <summary>An operator puts it into a mode, for all silos.</summary>
    public ClusterBreaker Force(ForceBreaker command, DateTimeOffset now) =>
        (this with { Record = CircuitBreaker.Force(Record, command, now) }).Afresh();

    /// <summary>What is in force for one silo.</summary>
    public BreakerState StateFor(string name)
    {
        if (Record.Mode != BreakerMode.Auto || !Silos.TryGetValue(name, out var silo)) return Record.EffectiveState;
        return Record.State switch
        {
            BreakerState.Closed => silo.Own.State,
            BreakerState.HalfOpen when silo.SitsOut => BreakerState.Open,
            _ => Record.State,
        };
    }

    /// <summary>Of the two that may hold a silo back, the breaker of all or its own, the one that does.</summary>
    public BreakerRecord InForceFor(string name) =>
        Decides && Silos.TryGetValue(name, out var silo) && silo.IsCutOff ? silo.Own : Record;

    /// <summary>The rate of the recovery ramp for one silo: its share of all silos', and that after its own cut.</summary>
    public double? RampRate(BreakerSettings settings, string name, DateTimeOffset now)
    {
        var share = CircuitBreaker.RampRate(Record, settings, now) / Heard(now);
        var own = Silos.TryGetValue(name, out var silo) ? CircuitBreaker.RampRate(silo.Own, settings, now) : null;
        return share is null || own < share ? own ?? share : share;
    }

    /// <summary>The silos that have asked within the window, as an operator sees them.</summary>
    public IReadOnlyList<BreakerSiloView> View(BreakerSettings settings, DateTimeOffset now)
    {
        var from = now.AddMilliseconds(-settings.WindowMs);
        return Silos.Values.Where(silo => silo.HeardAt >= from).Select(silo =>
        {
            var counts = silo.Counts(settings, now);
            return new BreakerSiloView
            {
                Silo = silo.Silo,
                State = StateFor(silo.Silo),
                Successes = counts.Successes,
                Failures = counts.Failures,
                CutOffAt = silo.Own.OpenedAt,
                Reason = silo.IsCutOff ? silo.Own.Transitions[0].Reason : null,
            };
        }).ToArray();
    }

    /// <summary>Moves every moment back, as the clock was, so that what has waited goes on waiting for what is left and no longer.</summary>
    public ClusterBreaker SetBack(TimeSpan by) => this with
    {
        Record = CircuitBreaker.SetBack(Record, by),
        Silos = Silos.ToImmutableSortedDictionary(
            pair => pair.Key,
            pair => pair.Value with { HeardAt = pair.Value.HeardAt - by, Own = CircuitBreaker.SetBack(pair.Value.Own, by) },
            StringComparer.Ordinal),
    };

    private ClusterBreaker With(SiloEvidence silo) => this with { Silos = Silos.SetItem(silo.Silo, silo) };

    /// <summary>Without the silos that are gone; where that is not enough, without the one that was silent the longest.</summary>
    private ImmutableSortedDictionary<string, SiloEvidence> Forget(DateTimeOffset now)
    {
        var silos = Silos.RemoveRange(Silos.Values.Where(silo => now - silo.HeardAt > _kept).Select(silo => silo.Silo).ToArray());
        return silos.Count < SilosKept ? silos : silos.Remove(silos.Values.MinBy(silo => silo.HeardAt)!.Silo);
    }

    private ClusterBreaker CountRow(SiloEvidence silo, BreakerReport report)
    {
        if (report.Successes > 0)
        {
            var number = RowNumber + 1;
            return this with { RowNumber = number, Silos = Silos.SetItem(silo.Silo, silo with { Row = report.TrailingFailures, RowNumber = number }) };
        }

        var row = silo.RowNumber == RowNumber ? silo.Row : 0;
        return With(silo with { Row = row + report.Failures, RowNumber = RowNumber });
    }

    /// <summary>Why it opens for all; null when it does not, or the silos that send do not agree.</summary>
    private string? AgreedReason(BreakerSettings settings, string? error, DateTimeOffset now) =>
        CircuitBreaker.ReasonToTrip(Record, settings, TripRules.All, error, now) is null
            ? null
            : CircuitBreaker.ReasonToTrip(Record, settings, SiloAgreement.On(Silos.Values, RowNumber, settings, now), error, now);

    private ClusterBreaker OpenIfCutOff(BreakerSettings settings, DateTimeOffset now)
    {
        if (!Silos.Values.Any(silo => silo.IsCutOff) || SiloAgreement.OnCutOff(Silos.Values, settings, now) is not { } agreed) return this;
        var reason = $"{agreed.CutOff} of the {agreed.Senders} silos that send there are cut off";
        return Follow(CircuitBreaker.Open(Record, reason, now), now);
    }

    /// <summary>Takes on what a silo's own breaker decided, and notes when that cuts it off or lets it in.</summary>
    private ClusterBreaker Judge(SiloEvidence silo, BreakerRecord own, DateTimeOffset now)
    {
        if (ReferenceEquals(own, silo.Own)) return this;
        var next = With(silo with { Own = own });
        return silo.IsCutOff == (own.State != BreakerState.Closed)
            ? next
            : next.NoteSilo(silo.Silo, silo.Own.State, own.State, own.Transitions[0].Reason, now);
    }

    private ClusterBreaker NoteSilo(string silo, BreakerState from, BreakerState to, string reason, DateTimeOffset now) => this with
    {
        Record = CircuitBreaker.Note(
            Record, new BreakerTransition { At = now, From = from, To = to, Mode = Record.Mode, Reason = reason, Silo = silo }),
    };

    /// <summary>Takes on the record's next state; from a new state on everything is counted anew.</summary>
    private ClusterBreaker Follow(BreakerRecord record, DateTimeOffset now)
    {
        if (ReferenceEquals(record, Record)) return this;
        if (LoneFailure(record, now) is { } silo) return SitOut(silo, record, now);
        if (record.State == Record.State && record.Mode == Record.Mode) return this with { Record = record };
        var cut = record.State == BreakerState.Closed && record.Mode == Record.Mode ? Silos.Values.Where(one => one.SitsOut).ToArray() : [];
        var next = (this with { Record = record }).Afresh();
        foreach (var one in cut)
            next = next.With(next.Silos[one.Silo] with { Own = CircuitBreaker.Open(new BreakerRecord(), "its probes failed, those of others did not", now) });
        return next;
    }

    private ClusterBreaker Afresh() => this with
    {
        RowNumber = RowNumber + 1,
        Silos = Silos.ToImmutableSortedDictionary(
            pair => pair.Key, pair => new SiloEvidence { Silo = pair.Key, HeardAt = pair.Value.HeardAt }, StringComparer.Ordinal),
    };

    /// <summary>Who would reopen it by failures that only it had, although others ask for probes as well.</summary>
    private SiloEvidence? LoneFailure(BreakerRecord next, DateTimeOffset now)
    {
        if (Record.State != BreakerState.HalfOpen || next.State != BreakerState.Open || next.Mode != Record.Mode) return null;
        var failed = Silos.Values.Where(silo => silo.ProbeFailures > 0).ToArray();
        if (failed.Length != 1 || failed[0].SitsOut || failed[0].ProbeFailures < next.ProbeFailures) return null;
        return Silos.Values.Any(silo => silo != failed[0] && now - silo.HeardAt <= HeardFor) ? failed[0] : null;
    }

    /// <summary>Goes on with the round without one silo.</summary>
    private ClusterBreaker SitOut(SiloEvidence silo, BreakerRecord next, DateTimeOffset now) =>
        (this with { Record = Record with { ProbesOut = next.ProbesOut, ProbeFailures = 0, HalfOpenAt = now } })
        .NoteSilo(silo.Silo, BreakerState.HalfOpen, BreakerState.Open, $"{silo.ProbeFailures} of its probes failed; others are asked", now)
        .With(silo with { SitsOut = true });

    /// <summary>One more silo's probe failed: where one sits out, it was not the only one, and what it saw counts after all.</summary>
    private ClusterBreaker CountProbeFailure(SiloEvidence silo)
    {
        var next = With(silo with { ProbeFailures = silo.ProbeFailures + 1 });
        foreach (var other in next.Silos.Values)
        {
            if (!other.SitsOut) continue;
            next = next.With(other with { SitsOut = false });
            next = next with { Record = next.Record with { ProbeFailures = next.Record.ProbeFailures + other.ProbeFailures } };
        }

        return next;
    }

    /// <summary>When nobody else has come to decide the round, whoever sits out may try again.</summary>
    private ClusterBreaker LetInAgain(BreakerSettings settings, DateTimeOffset now)
    {
        if (Record.State != BreakerState.HalfOpen || now < Record.HalfOpenAt + TimeSpan.FromMilliseconds(settings.HalfOpenMs)) return this;
        if (Record.ProbeSuccesses + Record.ProbeFailures + Record.ProbesOut.Count > 0) return this;
        var sitting = Silos.Values.FirstOrDefault(silo => silo.SitsOut);
        if (sitting is null) return this;
        return (this with { Record = Record with { HalfOpenAt = now } }).With(sitting with { SitsOut = false, ProbeFailures = 0 });
    }
}
