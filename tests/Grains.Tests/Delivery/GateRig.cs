using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Reflection;
using DlqCluster.Breakers;
using DlqCluster.Delivery;
using DlqCluster.Diagnostics;
using DlqCluster.Downstreams;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DlqCluster.Grains.Tests.Delivery;

/// <summary>A gate with everything around it in the test's hands: the clock, the breaker, and when background work runs.</summary>
internal sealed class GateRig : IBackgroundRunner, IDisposable
{
    private readonly Queue<Func<Task>> _work = new();
    private readonly List<DeliveryGate> _gates = [];
    private readonly Meters _meters = new();

    public GateRig()
    {
        Tracker = new QueueTracker(
            Options.Create(new PartitionOptions { Count = 1 }), Options.Create(Queue), Options.Create(new LedgerOptions()), new DlqMetrics(_meters), Time);
        Dependencies = new GateDependencies(
            GrainFactoryProxy.Make(_ => Breaker, () => WhenGateIsMade?.Invoke()),
            Time,
            this,
            Options.Create(Delivery),
            Drain,
            new AcceptLoad(Tracker, Time, Options.Create(Delivery), Options.Create(Queue)),
            new SiloName("silo-a"),
            new TroubleLog(Time, Drain, Log));
    }

    public ManualTime Time { get; } = new();

    public FakeBreaker Breaker { get; } = new();

    public BrokenLog Log { get; } = new();

    public DeliveryOptions Delivery { get; } = new();

    public QueueOptions Queue { get; } = new();

    public QueueTracker Tracker { get; }

    public DrainState Drain { get; } = new();

    public Downstream Definition { get; set; } = new() { Name = "billing", MaxConcurrency = 2 };

    public Action? WhenGateIsMade { get; set; }

    public GateDependencies Dependencies { get; }

    public void Run(Func<Task> work) => _work.Enqueue(work);

    public DeliveryGate Gate(bool paused = false)
    {
        var gate = new DeliveryGate(Definition, paused, Dependencies);
        _gates.Add(gate);
        return gate;
    }

    /// <summary>A gate that has its lease already.</summary>
    public DeliveryGate OpenGate()
    {
        var gate = Gate();
        var first = gate.EnterAsync(Samples.Start, CancellationToken.None).AsTask();
        Settle();
        gate.Leave(first.Result, null, TimeSpan.Zero);
        return gate;
    }

    /// <summary>Does the background work that there is, and what follows from it; stops where it would go on for ever.</summary>
    public void Settle()
    {
        for (var i = 0; i < 1_000 && _work.TryDequeue(out var work); i++) _ = work();
    }

    public void Pass(double milliseconds)
    {
        for (var left = milliseconds; left > 0; left -= 5)
        {
            Time.Advance(TimeSpan.FromMilliseconds(Math.Min(left, 5)));
            Settle();
        }
    }

    public void Dispose()
    {
        foreach (var gate in _gates) gate.Dispose();
        Drain.Dispose();
        _meters.Dispose();
    }

    private sealed class Meters : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose() => _meters.ForEach(static meter => meter.Dispose());
    }

    /// <summary>A breaker that says what it is told to.</summary>
    public sealed class FakeBreaker : ICircuitBreakerGrain
    {
        public BreakerLease Lease { get; set; } = new(BreakerState.Closed, 1, 250, null, 250);

        public List<BreakerReport> Reports { get; } = [];

        public List<(string Permit, bool? Succeeded)> ProbeReports { get; } = [];

        public int FreePermits { get; set; }

        /// <summary>When given, reports fail with it.</summary>
        public Exception? Failure { get; set; }

        /// <summary>When given, asking for a probe waits for this.</summary>
        public TaskCompletionSource? HoldProbeAnswers { get; set; }

        public Task<BreakerLease> Report(BreakerReport report)
        {
            Reports.Add(report);
            return Failure is null ? Task.FromResult(Lease) : Task.FromException<BreakerLease>(Failure);
        }

        public async Task<ProbeAnswer> AcquireProbe(string silo)
        {
            var answer = new ProbeAnswer(FreePermits > 0 ? $"p{FreePermits--}" : null, Lease);
            if (HoldProbeAnswers is { } hold) await hold.Task;
            return answer;
        }

        public Task<BreakerLease> ReportProbe(string silo, string permit, bool? succeeded, string? error)
        {
            ProbeReports.Add((permit, succeeded));
            return Task.FromResult(Lease);
        }

        public Task<BreakerView> Get() => throw new NotSupportedException();

        public Task<BreakerView> Look() => throw new NotSupportedException();

        public Task<BreakerView> Force(ForceBreaker command) => throw new NotSupportedException();
    }

    /// <summary>A log that can break.</summary>
    public sealed class BrokenLog : ILogger<TroubleLog>
    {
        /// <summary>How many entries could not be written, if they cannot.</summary>
        public int? Failures { get; set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (Failures is null) return;
            Failures++;
            throw new AggregateException("An error occurred while writing to logger(s).");
        }
    }

    /// <summary>A catalogue that changes when it is told to.</summary>
    public sealed class FakeDirectory(DownstreamCatalog catalog) : IDownstreamDirectory
    {
        public event Action? Changed;

        public DownstreamCatalog Current { get; private set; } = catalog;

        public void Change(DownstreamCatalog next)
        {
            Current = next;
            Changed?.Invoke();
        }

        public Task<DownstreamCatalog> RefreshAsync() => Task.FromResult(Current);
    }

    /// <summary>A grain factory, whichever engine's, that gives out one grain.</summary>
    [SuppressMessage("Performance", "CA1852", Justification = "Proxies are derived from it at run time.")]
    public class GrainFactoryProxy : DispatchProxy
    {
        private Func<MethodInfo, object> _grain = _ => throw new NotSupportedException();
        private Action _before = () => { };

        public static IGrainFactory Make(Func<MethodInfo, object> grain, Action before)
        {
            var factory = Create<IGrainFactory, GrainFactoryProxy>();
            ((GrainFactoryProxy)(object)factory)._grain = grain;
            ((GrainFactoryProxy)(object)factory)._before = before;
            return factory;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            _before();
            return _grain(targetMethod!);
        }
    }
}
