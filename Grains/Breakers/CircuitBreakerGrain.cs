using DlqCluster.Diagnostics;
using DlqCluster.Downstreams;
using DlqCluster.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;

namespace DlqCluster.Breakers;

/// <summary>
/// Keeps one breaker: it stores and announces what <see cref="CircuitBreaker"/> decides. Transitions are durable; the counts between two
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

    /// <summary>A silo that has not reported for so long has no share of the recovery ramp.</summary>
    private static readonly TimeSpan _siloMemory = TimeSpan.FromSeconds(10);

    private const int SilosKept = 1_000;

    private readonly Dictionary<string, (long Sequence, DateTimeOffset SeenAt)> _silos = [];
    private BreakerRecord _record = new();

    private string Name => this.GetPrimaryKeyString();

    private Downstream Definition =>
        downstreams.Current.Entries.TryGetValue(Name, out var entry) ? entry.Definition : new Downstream { Name = Name };

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _record = stored.State;
        metrics.BreakerState(Name, _record.EffectiveState);
        return Task.CompletedTask;
    }

    public async Task<BreakerLease> Report(BreakerReport report)
    {
        var now = time.GetUtcNow();
        var settings = Definition.Breaker;
        var isNew = !_silos.TryGetValue(report.Silo, out var known) || report.Sequence > known.Sequence;
        _silos[report.Silo] = (Math.Max(report.Sequence, known.Sequence), now);
        if (_silos.Count > SilosKept) ForgetSilos(now);
        var next = CircuitBreaker.Tick(_record, settings, now);
        if (isNew) next = CircuitBreaker.Report(next, settings, report, now);
        await AdoptAsync(next);
        return Lease(settings, now);
    }

    public async Task<ProbeAnswer> AcquireProbe(string silo)
    {
        var now = time.GetUtcNow();
        var definition = Definition;
        var lapse = TimeSpan.FromMilliseconds(definition.TimeoutMs) + _probeSlack;
        var ticked = CircuitBreaker.Tick(_record, definition.Breaker, now);
        var (next, permit) = CircuitBreaker.AcquireProbe(ticked, definition.Breaker, lapse, now);
        // A permit is durable before it is used: a breaker that moves to another silo still knows who is out.
        await AdoptAsync(next, mustStore: permit is not null);
        return new ProbeAnswer(permit, Lease(definition.Breaker, now));
    }

    public async Task<BreakerLease> ReportProbe(string permit, bool? succeeded, string? error)
    {
        var now = time.GetUtcNow();
        var settings = Definition.Breaker;
        await AdoptAsync(CircuitBreaker.ReportProbe(_record, settings, permit, succeeded, error, now));
        return Lease(settings, now);
    }

    public Task<BreakerView> Get()
    {
        var now = time.GetUtcNow();
        var settings = Definition.Breaker;
        var record = CircuitBreaker.Tick(_record, settings, now);
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
        });
    }

    public async Task<BreakerView> Force(ForceBreaker command)
    {
        var now = time.GetUtcNow();
        await AdoptAsync(CircuitBreaker.Force(CircuitBreaker.Tick(_record, Definition.Breaker, now), command, now), mustStore: true);
        return await Get();
    }

    /// <summary>
    /// Takes on a new record. A transition is stored; if that fails it is in force all the same, since forgetting that a downstream is
    /// sick is worse than forgetting why, and the next transition stores it. What <paramref name="mustStore"/> is not taken on unstored.
    /// </summary>
    private async Task AdoptAsync(BreakerRecord next, bool mustStore = false)
    {
        if (ReferenceEquals(next, _record)) return;
        var previous = _record;
        var transition = next.Version != previous.Version;
        if (!transition && !mustStore)
        {
            _record = next;
            return;
        }

        try
        {
            stored.State = next;
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

        _record = next;
        if (transition) Announce(previous, next);
    }

    private void ForgetSilos(DateTimeOffset now)
    {
        foreach (var (silo, _) in _silos.Where(pair => now - pair.Value.SeenAt > _siloMemory).ToArray()) _silos.Remove(silo);
    }

    private void Announce(BreakerRecord previous, BreakerRecord next)
    {
        metrics.BreakerState(Name, next.EffectiveState);
        foreach (var transition in next.Transitions.Take((int)Math.Min(next.Version - previous.Version, CircuitBreaker.TransitionsKept)).Reverse())
            LogTransition(Name, transition.From, transition.To, transition.Mode, transition.Reason, transition.By ?? "the breaker");
    }

    private BreakerLease Lease(BreakerSettings settings, DateTimeOffset now)
    {
        var validFor = options.Value.LeaseMs;
        var state = _record.EffectiveState;
        var silos = Math.Max(1, _silos.Values.Count(silo => now - silo.SeenAt <= _siloMemory));
        var retryAt = _record switch
        {
            { Mode: BreakerMode.ForcedOpen } => _record.ModeUntil ?? now.AddSeconds(1),
            { State: BreakerState.Open } => CircuitBreaker.ProbesFrom(_record, settings),
            _ => now,
        };
        // Never asleep for longer than a second: an operator may close it at any time.
        var retryAfter = (int)Math.Clamp(Math.Ceiling((retryAt - now).TotalMilliseconds), validFor, 1_000);
        var ramp = state == BreakerState.Closed ? CircuitBreaker.RampRate(_record, settings, now) / silos : null;
        return new BreakerLease(state, _record.Version, validFor, ramp, retryAfter);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Circuit breaker {Name}: {From} -> {To} ({Mode}), because {Reason}, by {By}")]
    private partial void LogTransition(string name, BreakerState from, BreakerState to, BreakerMode mode, string reason, string by);

    [LoggerMessage(Level = LogLevel.Error, Message = "Circuit breaker {Name} could not store its transition; it is in force in memory")]
    private partial void LogNotStored(Exception exception, string name);
}
