using DlqCluster.Diagnostics;
using DlqCluster.Downstreams;
using DlqCluster.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;

namespace DlqCluster.Breakers;

/// <summary>
/// Keeps one breaker: it stores and announces what <see cref="ClusterBreaker"/> decides. Transitions are durable; the counts between two
/// transitions live in memory.
/// </summary>
[GrainType("breaker")]
internal sealed partial class CircuitBreakerGrain(
    [PersistentState("breaker", DlqGrains.BreakerStorage)] IPersistentState<BreakerRecord> stored,
    IDownstreamDirectory downstreams,
    IOptions<DeliveryOptions> options,
    TimeProvider time,
    DlqMetrics metrics,
    ILogger<CircuitBreakerGrain> logger) : Grain, ICircuitBreakerGrain
{
    /// <summary>How long after a probe's own timeout its permit falls back.</summary>
    private static readonly TimeSpan _probeSlack = TimeSpan.FromSeconds(5);

    /// <summary>The newest report of each silo.</summary>
    private readonly Dictionary<string, long> _sequences = [];
    private readonly Recheck _recheck = new(time);
    private readonly ClockWatch _clock = new(time);
    private ClusterBreaker _breaker = new();

    private string Name => this.GetPrimaryKeyString();

    private Downstream Definition =>
        downstreams.Current.Entries.TryGetValue(Name, out var entry) ? entry.Definition : new Downstream { Name = Name };

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await downstreams.FirstAsync();
        _breaker = FromStored();
        Show();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // One that is closed may go on being shown as closed, but nobody must be alarmed by what was open and is kept elsewhere now.
        if (_breaker.Record.EffectiveState != BreakerState.Closed) metrics.BreakerLeft(Name);
        return Task.CompletedTask;
    }

    public async Task<BreakerLease> Report(BreakerReport report)
    {
        await RecheckAsync(report.Silo);
        var now = ReadClock();
        var settings = Definition.Breaker;
        var next = _breaker.Hear(report.Silo, now).Tick(settings, now);
        if (IsNew(report)) next = next.Report(settings, report, now);
        await AdoptAsync(next);
        return Lease(report.Silo, settings, now);
    }

    public async Task<ProbeAnswer> AcquireProbe(string silo)
    {
        await RecheckAsync(silo);
        var now = ReadClock();
        var definition = Definition;
        var lapse = TimeSpan.FromMilliseconds(definition.TimeoutMs) + _probeSlack;
        var ticked = _breaker.Hear(silo, now).Tick(definition.Breaker, now);
        var (next, permit) = ticked.AcquireProbe(definition.Breaker, silo, lapse, now);
        // A permit is durable before it is used: a breaker that moves to another silo still knows who is out.
        await AdoptAsync(next, mustStore: next.Record.PermitsGiven != ticked.Record.PermitsGiven);
        return new ProbeAnswer(permit, Lease(silo, definition.Breaker, now));
    }

    public async Task<BreakerLease> ReportProbe(string silo, string permit, bool? succeeded, string? error)
    {
        var now = ReadClock();
        var settings = Definition.Breaker;
        await AdoptAsync(_breaker.ReportProbe(settings, permit, succeeded, error, now));
        return Lease(silo, settings, now);
    }

    public Task<BreakerView> Get()
    {
        // It may come in the middle of another turn, which must not lose what it changes: so it changes nothing.
        var now = time.GetUtcNow();
        var settings = Definition.Breaker;
        var breaker = _breaker.Tick(settings, now);
        var record = breaker.Record;
        var counts = BreakerWindow.Sum(record.Window, settings.WindowMs, now);
        var openByItself = record is { Mode: BreakerMode.Auto, State: BreakerState.Open };
        return Task.FromResult(new BreakerView
        {
            Name = Name,
            State = record.EffectiveState,
            Mode = record.Mode,
            ModeReason = record.ModeReason,
            ModeUntil = record.ModeUntil,
            FailureRatio = counts.FailureRatio,
            SlowRatio = counts.SlowRatio,
            Successes = counts.Successes,
            Failures = counts.Failures,
            ConsecutiveFailures = record.ConsecutiveFailures,
            OpenedAt = record.EffectiveState == BreakerState.Closed ? null : record.OpenedAt,
            NextProbeAt = openByItself ? CircuitBreaker.ProbesFrom(record, settings) : null,
            ClosedAt = record.ClosedAt,
            Settings = settings,
            Transitions = record.Transitions,
            Silos = breaker.View(settings, now),
        });
    }

    public async Task<BreakerView> Look()
    {
        await RecheckAsync();
        var now = ReadClock();
        await AdoptAsync(_breaker.Tick(Definition.Breaker, now));
        return await Get();
    }

    public async Task<BreakerView> Force(ForceBreaker command)
    {
        var now = ReadClock();
        await AdoptAsync(_breaker.Tick(Definition.Breaker, now).Force(command, now), mustStore: true);
        return await Get();
    }

    /// <summary>
    /// Takes on a new record. A transition is stored; if that fails it is in force all the same, since forgetting that a downstream is
    /// sick is worse than forgetting why, and the next transition stores it. What <paramref name="mustStore"/> is not taken on unstored.
    /// </summary>
    private async Task AdoptAsync(ClusterBreaker next, bool mustStore = false)
    {
        var previous = _breaker.Record;
        var transition = next.Record.Version != previous.Version;
        if (!transition && !mustStore)
        {
            _breaker = next;
            return;
        }

        try
        {
            stored.State = next.Record;
            await stored.WriteStateAsync();
        }
        catch (InconsistentStateException)
        {
            // Another silo has had this breaker meanwhile: begin again from what it stored.
            DeactivateOnIdle();
            throw;
        }
        catch (Exception exception) when (!mustStore)
        {
            LogNotStored(exception, Name);
        }
        catch
        {
            // Whether it was stored is not known: the next call begins from what is.
            DeactivateOnIdle();
            throw;
        }

        _breaker = next;
        if (transition) Announce(previous, next.Record);
    }

    private ClusterBreaker FromStored()
    {
        var breaker = new ClusterBreaker { Record = stored.State };
        var ahead = CircuitBreaker.Ahead(stored.State, time.GetUtcNow());
        return ahead == TimeSpan.Zero ? breaker : breaker.SetBack(ahead);
    }

    /// <summary>The time. When the clock has been set back, so is what the breaker waits from.</summary>
    private DateTimeOffset ReadClock()
    {
        var now = _clock.Read(out var setBack);
        if (setBack > TimeSpan.Zero) _breaker = _breaker.SetBack(setBack);
        return now;
    }

    /// <summary>Begins again from what is stored where somebody else has stored it.</summary>
    private async Task RecheckAsync(string? silo = null)
    {
        // A silo that has been silent here may have asked another one, which has died since; and that one may have opened the breaker.
        if (silo is not null && !_breaker.Hears(silo, time.GetUtcNow())) _recheck.Hasten();
        if (!_recheck.IsDue()) return;
        var known = stored.Etag;
        try
        {
            await stored.ReadStateAsync();
        }
        catch (Exception exception)
        {
            LogNotRead(exception, Name);
            return;
        }

        if (stored.Etag == known) return;
        _breaker = FromStored();
        Show();
    }

    private bool IsNew(BreakerReport report)
    {
        if (_sequences.TryGetValue(report.Silo, out var known) && report.Sequence <= known) return false;
        _sequences[report.Silo] = report.Sequence;
        if (_sequences.Count <= ClusterBreaker.SilosKept) return true;
        foreach (var silo in _sequences.Keys.Where(silo => silo != report.Silo && !_breaker.Silos.ContainsKey(silo)).ToArray()) _sequences.Remove(silo);
        return true;
    }

    private void Announce(BreakerRecord previous, BreakerRecord next)
    {
        Show();
        foreach (var transition in next.Transitions.Take((int)Math.Min(next.Version - previous.Version, CircuitBreaker.TransitionsKept)).Reverse())
            LogTransition(Name, transition.From, transition.To, transition.Mode, transition.Reason, transition.By ?? "the breaker", transition.Silo ?? "all silos");
    }

    /// <summary>Shows its state in the metrics. While it is not closed it stays, however little traffic there is: an alarm must not go out by itself.</summary>
    private void Show()
    {
        metrics.BreakerState(Name, _breaker.Record.EffectiveState);
        DelayDeactivation(_breaker.Record.EffectiveState == BreakerState.Closed ? TimeSpan.Zero : TimeSpan.MaxValue);
    }

    private BreakerLease Lease(string silo, BreakerSettings settings, DateTimeOffset now)
    {
        var validFor = options.Value.LeaseMs;
        var state = _breaker.StateFor(silo);
        var retryAt = _breaker.InForceFor(silo) switch
        {
            { Mode: BreakerMode.ForcedOpen } forced => forced.ModeUntil ?? now.AddSeconds(1),
            { State: BreakerState.Open } open => CircuitBreaker.ProbesFrom(open, settings),
            _ => now,
        };
        // Never asleep for longer than a second: an operator may close it at any time.
        var retryAfter = (int)Math.Clamp(Math.Ceiling((retryAt - now).TotalMilliseconds), validFor, 1_000);
        var ramp = state == BreakerState.Closed ? _breaker.RampRate(settings, silo, now) : null;
        return new BreakerLease(state, _breaker.Record.Version, validFor, ramp, retryAfter);
    }

    [LoggerMessage(3001, LogLevel.Warning, "Circuit breaker {Name}: {From} -> {To} ({Mode}) for {Silo}, because {Reason}, by {By}")]
    private partial void LogTransition(string name, BreakerState from, BreakerState to, BreakerMode mode, string reason, string by, string silo);

    [LoggerMessage(3003, LogLevel.Warning, "Circuit breaker {Name} could not be read anew; it goes on with what it knows")]
    private partial void LogNotRead(Exception exception, string name);

    [LoggerMessage(3002, LogLevel.Error, "Circuit breaker {Name} could not store its transition; it is in force in memory")]
    private partial void LogNotStored(Exception exception, string name);
}
