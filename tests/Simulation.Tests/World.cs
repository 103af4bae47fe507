using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Hosting;
using DlqCluster.Ordering;
using DlqCluster.Replays;
using DlqCluster.Simulation.Bugs;
using DlqCluster.Simulation.Downstreams;
using DlqCluster.Simulation.Promises;
using DlqCluster.Simulation.Silos;
using DlqCluster.Simulation.Stores;
using DlqCluster.Simulation.Time;
using DlqCluster.Simulation.Workload;
using DlqCluster.Testing;

namespace DlqCluster.Simulation;

/// <summary>
/// A world: silos on the same stores, clients, operators, downstreams and fate, on one thread and one clock, all from one seed. It plays its
/// plan, heals, drains, and checks what was promised against what it has seen itself.
/// </summary>
internal sealed class World : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _glance = TimeSpan.FromMilliseconds(200);

    private readonly List<Task> _acts = [];
    private TimeSpan _nextGlance;
    private bool _isHealed;

    public World(Plan plan, Bug bug, bool keepsText)
    {
        Plan = plan;
        Bug = bug;
        Chance = new Chance(plan.Seed);
        Trace = new Trace(keepsText);
        Time = new SimulatedTime(Chance.Fork("order"), Trace);
        Trace.Time = Time;
        Process = new SimulatedProcess("world", Time);
        Payloads = new MemoryPayloadStore(Process);
        StoreChance = Chance.Fork("stores");
        ClientChance = Chance.Fork("clients");
        Network = new Network(Chance.Fork("network"));
        Directory = new VirtualDirectory(this, Chance.Fork("directory"));
        Downstream = new VirtualDownstream(this, Chance.Fork("downstream"));
        Evidence = new Evidence(this);
        Promises = new PromiseList(this);
        ClockErrors = new TimeSpan[plan.Setup.Silos];
        bug.Enter(this);
    }

    public Plan Plan { get; }

    public Bug Bug { get; }

    public Chance Chance { get; }

    public Chance StoreChance { get; }

    public Chance ClientChance { get; }

    public Trace Trace { get; }

    public SimulatedTime Time { get; }

    /// <summary>The process of clients, operators and fate. It never dies, and its clock is right.</summary>
    public SimulatedProcess Process { get; }

    public Network Network { get; }

    public VirtualDirectory Directory { get; }

    public VirtualDownstream Downstream { get; }

    public Evidence Evidence { get; }

    public PromiseList Promises { get; }

    public MemoryGrainStorage States { get; } = new(new GrainStateSerializer());

    public MemoryLedgerStore Ledger { get; } = new();

    public MemoryPayloadStore Payloads { get; }

    public MemoryDeadLetterStore Letters { get; } = new();

    public MemoryOrderingStore Ordering { get; } = new();

    public MemoryReminderTable Reminders { get; } = new();

    /// <summary>The present life of each silo.</summary>
    public List<VirtualSilo> Silos { get; } = [];

    /// <summary>All lives of all silos.</summary>
    public List<VirtualSilo> Lives { get; } = [];

    /// <summary>The weather that some stores have at present.</summary>
    public List<BadStore> BadStores { get; } = [];

    /// <summary>How far each silo's clock is off.</summary>
    public TimeSpan[] ClockErrors { get; }

    /// <summary>The furthest that any clock has been before, or behind.</summary>
    public TimeSpan WorstClockError { get; private set; }

    /// <summary>The first promise that was broken; null while all are kept.</summary>
    public string? Failure { get; private set; }

    /// <summary>Whether something is over that the world has waited for.</summary>
    private bool IsBroken => Failure is not null;

    /// <summary>Notes that a promise was broken.</summary>
    public void Fail(string what)
    {
        if (Failure is not null) return;
        Failure = what;
        Trace.Add($"BROKEN: {what}");
    }

    /// <summary>Plays the plan to its end.</summary>
    public void Run()
    {
        try
        {
            Play();
        }
        catch (Exception exception)
        {
            Fail($"{exception.GetType().Name}: {exception.Message}");
        }
    }

    private void Play()
    {
        for (var i = 0; i < Plan.Setup.Silos; i++) Begin(i);
        foreach (var act in Plan.Acts) Process.After(act.At, () => _acts.Add(DoAsync(act)));
        Time.Run(Plan.Setup.Span, () => IsBroken);
        Heal();
        Time.Run(Time.Elapsed + _patience, () => IsBroken || LooksSettled());
        if (!IsBroken && !IsSettled()) Fail($"It does not settle: {Evidence.Unsettled() ?? "an operator waits for an answer"}");
        if (!IsBroken && Plan.Setup.AwaitsForgetting) Time.Run(Time.Elapsed + Plan.Setup.Window + _grace, () => IsBroken);
        if (!IsBroken) Promises.AtEnd();
        Trace.Add($"the end after {Time.Steps} steps");
    }

    /// <summary>The weather of an operation.</summary>
    public StoreWeather WeatherOf(string operation)
    {
        foreach (var bad in BadStores)
            if (operation.StartsWith(bad.Prefix, StringComparison.Ordinal)) return bad.Weather;
        return StoreWeather.Fair;
    }

    /// <summary>What a client calls grains with; null when no silo is there.</summary>
    public IGrainFactory? Gateway()
    {
        var silos = Silos.Where(static silo => silo.IsMember).ToArray();
        return silos.Length == 0 ? null : new Router(this, ClientChance.Pick(silos), Process);
    }

    /// <summary>Sets a silo's clock.</summary>
    public void Jump(int silo, TimeSpan by)
    {
        ClockErrors[silo] += by;
        Silos[silo].Process.ClockError = ClockErrors[silo];
        Trace.Add($"the clock of silo {silo} jumps by {by.TotalMilliseconds}");
        foreach (var error in ClockErrors)
            if (error.Duration() > WorstClockError) WorstClockError = error.Duration();
    }

    /// <summary>A silo that has died comes back after a while.</summary>
    public void OnSiloDied(VirtualSilo silo)
    {
        Downstream.OnSiloDied(silo);
        Process.After(silo.Away, () => Begin(silo.Index));
    }

    public void Dispose()
    {
        foreach (var silo in Lives) silo.Dispose();
    }

    private void Begin(int index)
    {
        var silo = new VirtualSilo(this, index);
        if (Silos.Count == index) Silos.Add(silo);
        else Silos[index] = silo;
        Lives.Add(silo);
        silo.Process.Run(silo.StartAsync);
    }

    private async Task DoAsync(Act act)
    {
        Trace.Add($"act {act}");
        try
        {
            await act.DoAsync(this);
        }
        catch (Exception exception)
        {
            Trace.Add($"act {act.Number} ended: {exception.GetType().Name}");
        }
    }

    private bool IsSettled() => _isHealed && _acts.TrueForAll(static act => act.IsCompleted) && Evidence.Unsettled() is null;

    /// <summary>Whether all is settled, looked at now and then.</summary>
    private bool LooksSettled()
    {
        if (Time.Elapsed < _nextGlance) return false;
        _nextGlance = Time.Elapsed + _glance;
        return IsSettled();
    }

    private void Heal()
    {
        Trace.Add("all heals");
        BadStores.Clear();
        Network.Heal();
        foreach (var target in Setup.Targets) Downstream.SetWeather(target, DownstreamWeather.Fair);
        Process.Run(HealAsync);
    }

    private async Task HealAsync()
    {
        // Whoever is at it must not have the last word.
        await Task.WhenAll(_acts);
        foreach (var target in Setup.Targets)
            await InsistAsync(grains => grains.GetGrain<ICircuitBreakerGrain>(target).Force(new ForceBreaker(BreakerMode.Auto, "all is well", "an operator", null)));
        foreach (var target in Setup.Targets.Append(null))
            await InsistAsync(grains => grains.GetGrain<IDownstreamCatalogGrain>(0).SetPaused(target, false));
        _isHealed = true;
        // Somebody looks after what waits for people: what is held up by letters that nothing more will happen to, and jobs that are paused.
        while (true)
        {
            foreach (var lane in await Ordering.ListAsync(new LaneQuery { BlockedOnly = true })) await FreeAsync(lane);
            foreach (var job in Evidence.Jobs.Where(static job => job.Value.State == ReplayJobState.Paused).Select(static job => job.Key).ToArray())
                await InsistAsync(grains => grains.GetGrain<IReplayJobGrain>(job).Obey(ReplayJobOrder.Resume, "an operator", null));
            await Process.Delay(_glance);
        }
    }

    private async Task FreeAsync(LaneSummary lane)
    {
        var file = Evidence.FileOf(lane.Head.MessageId);
        if (file.Letter?.Status is LetterStatus.Pending or LetterStatus.Processing) return;
        file.MayBeSkipped = true;
        await InsistAsync(grains => grains.GetGrain<IOrderingLaneGrain>(lane.Lane.ToString()).Skip(lane.Head.MessageId));
    }

    private async Task InsistAsync(Func<IGrainFactory, Task> call)
    {
        while (true)
        {
            try
            {
                if (Gateway() is { } gateway)
                {
                    await call(gateway);
                    return;
                }
            }
            catch (Exception exception)
            {
                Trace.Add($"healing: {exception.GetType().Name}");
            }

            await Process.Delay(TimeSpan.FromMilliseconds(300));
        }
    }
}
