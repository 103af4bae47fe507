using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Embedded;
using DlqCluster.Hosting;
using DlqCluster.Ledger;
using DlqCluster.Ordering;
using DlqCluster.Payloads;
using DlqCluster.Simulation.Downstreams;
using DlqCluster.Simulation.Stores;
using DlqCluster.Simulation.Time;
using DlqCluster.Simulation.Workload;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Storage;

namespace DlqCluster.Simulation.Silos;

/// <summary>One life of a silo: the real grains on an engine of their own, in a process of their own, on the stores of the world.</summary>
internal sealed class VirtualSilo : IDisposable
{
    private readonly World _world;
    private readonly ServiceProvider _services;
    private readonly IHostedService[] _hosted;

    public VirtualSilo(World world, int index)
    {
        _world = world;
        Index = index;
        Name = $"silo {index}";
        Process = new SimulatedProcess(Name, world.Time) { ClockError = world.ClockErrors[index] };
        Router = new Router(world, this);
        _services = Configure().BuildServiceProvider();
        Runtime = _services.GetRequiredService<EmbeddedRuntime>();
        _hosted = [.. _services.GetServices<IHostedService>()];
    }

    /// <summary>Its place among the silos; the same in its next life, like its name.</summary>
    public int Index { get; }

    /// <summary>How long it stays away once it has died.</summary>
    public TimeSpan Away { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The silo's name.</summary>
    public string Name { get; }

    public SimulatedProcess Process { get; }

    public Router Router { get; }

    public EmbeddedRuntime Runtime { get; }

    /// <summary>Whether the others take it for a member, so that grains are placed here.</summary>
    public bool IsMember { get; private set; }

    /// <summary>Since when the others have taken it for dead while it goes on, on the world's clock.</summary>
    public TimeSpan? CutOffAt { get; private set; }

    /// <summary>When its process ended, on the world's clock; null while it runs.</summary>
    public TimeSpan? DiedAt { get; private set; }

    /// <summary>Starts it. One that cannot start dies, as a process would.</summary>
    public async Task StartAsync()
    {
        try
        {
            IsMember = true;
            foreach (var service in _hosted) await service.StartAsync(CancellationToken.None);
            _world.Trace.Add($"{Name} has started");
        }
        catch (Exception exception) when (!Process.IsDead)
        {
            Kill($"it could not start: {exception.GetType().Name}");
        }
    }

    /// <summary>Shuts it down as a host does, and is done when its process has ended.</summary>
    public async Task StopAsync()
    {
        _world.Trace.Add($"{Name} stops");
        for (var i = _hosted.Length - 1; i >= 0 && !Process.IsDead; i--) await _hosted[i].StopAsync(CancellationToken.None);
        Kill("it has stopped");
    }

    /// <summary>The others take it for dead while it goes on: its grains come to life elsewhere too.</summary>
    public void CutOff()
    {
        if (DiedAt is not null || CutOffAt is not null) return;
        _world.Trace.Add($"{Name} is cut off");
        CutOffAt = _world.Time.Elapsed;
        IsMember = false;
    }

    /// <summary>Ends it from one step to the next.</summary>
    public void Kill(string why)
    {
        if (DiedAt is not null) return;
        _world.Trace.Add($"{Name} is dead: {why}");
        DiedAt = _world.Time.Elapsed;
        IsMember = false;
        Process.IsDead = true;
        Runtime.Kill();
        // The store of an engine that is one process keeps claims in that process.
        if (_world.Plan.Setup.Silos == 1) _world.Ledger.ForgetClaims();
        _world.OnSiloDied(this);
    }

    public void Dispose() => _services.Dispose();

    private ServiceCollection Configure()
    {
        var services = new ServiceCollection();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(_world.Plan.Setup.Settings()).Build();
        services.AddSingleton<TimeProvider>(Process);
        services.AddSingleton<ITurnScheduler>(Process);
        services.AddSingleton<IBackgroundRunner>(Process);
        services.AddSingleton<IGrainFactory>(Router);
        services.AddSingleton(new SiloName(Name));
        services.AddSingleton<ISystemProbe>(new QuietProbe(Name));
        services.AddSingleton<IRandomSource>(new SeededSource(_world.Chance.Fork($"{Name} at {_world.Time.Steps}")));
        services.AddSingleton<IDownstreamSender>(_world.Bug.Wrap(new DownstreamLink(_world, this)));
        AddStores(services);
        services.AddOrleans(silo => silo
            .Configure<EmbeddedOptions>(static options => options.GrainAssemblies.Add(typeof(DlqGrains).Assembly))
            .Configure<SiloOptions>(options => options.SiloName = Name)
            .Configure<SiloMessagingOptions>(static options => options.ResponseTimeout = Setup.ResponseTimeout)
            .Configure<ReminderOptions>(static options => options.RefreshReminderListPeriod = Setup.ReminderRefresh)
            .Configure<GrainCollectionOptions>(static options =>
            {
                options.CollectionQuantum = Setup.CollectionQuantum;
                options.ClassSpecificCollectionAge["DlqCluster.Messages.MessageGrain"] = Setup.MessageAge;
            }));
        services.AddDlqGrains(configuration);
        _world.Bug.Configure(services);
        return services;
    }

    private void AddStores(ServiceCollection services)
    {
        var link = new StoreLink(_world, this);
        services.AddSingleton(LinkedPort.Of<ILedgerStore>("ledger", _world.Ledger, link));
        services.AddSingleton(LinkedPort.Of<IPayloadStore>("payload", _world.Payloads, link));
        services.AddSingleton(LinkedPort.Of<IDeadLetterStore>("letter", _world.Letters, link));
        services.AddSingleton(LinkedPort.Of<IOrderingStore>("ordering", _world.Ordering, link));
        services.AddSingleton<IReminderTable>(new LinkedReminders(_world, link));
        foreach (var name in DlqGrains.StorageNames) services.AddKeyedSingleton<IGrainStorage>(name, new LinkedStates(_world, link));
    }

    private sealed class QuietProbe(string silo) : ISystemProbe
    {
        public SystemState Measure() => new(0, 0, 0, silo);
    }

    private sealed class SeededSource(Chance chance) : IRandomSource
    {
        public double NextDouble() => chance.Fraction();

        public void Fill(Span<byte> buffer) => chance.Fill(buffer);
    }
}
