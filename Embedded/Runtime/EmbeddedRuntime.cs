using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>
/// A silo in one process: runs grains, and calls them. Time comes from <see cref="System.TimeProvider"/> and turns go to
/// <see cref="ITurnScheduler"/>, both from the services; nothing else drives it, and several of it can live in one process.
/// </summary>
public sealed partial class EmbeddedRuntime : IClusterClient, IGrainRuntime, IDisposable
{
    private readonly EmbeddedOptions _options;
    private readonly SiloMessagingOptions _messaging;
    private readonly GrainCollectionOptions _collection;
    private readonly ILogger _logger;
    private IGrainFactory? _factory;
    private int _state;
    private volatile bool _isKilled;

    /// <summary>Makes one out of the services of the process.</summary>
    /// <param name="services">The services.</param>
    public EmbeddedRuntime(IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(services);
        ServiceProvider = services;
        TimeProvider = services.GetRequiredService<TimeProvider>();
        Scheduler = services.GetRequiredService<ITurnScheduler>();
        _options = services.GetRequiredService<IOptions<EmbeddedOptions>>().Value;
        _messaging = services.GetRequiredService<IOptions<SiloMessagingOptions>>().Value;
        _collection = services.GetRequiredService<IOptions<GrainCollectionOptions>>().Value;
        var silo = services.GetRequiredService<ILocalSiloDetails>();
        SiloIdentity = silo.Name;
        SiloAddress = silo.SiloAddress;

        var loggers = services.GetRequiredService<ILoggerFactory>();
        _logger = loggers.CreateLogger<EmbeddedRuntime>();
        ActivationLogger = loggers.CreateLogger<Activation>();
        StorageLogger = loggers.CreateLogger("DlqCluster.Embedded.PersistentState");

        Grains = new GrainDirectory(GrainAssemblies.Manifests(GrainAssemblies.Find([.. _options.GrainAssemblies])), _collection);
        Turns = new SystemTurns(this, _logger);
        Catalog = new Catalog(this);
        Collector = new Collector(TimeProvider, _collection.CollectionQuantum, Turns);
        UnderWay = new UnderWay(TimeProvider, LocksFor(Scheduler), SweepInterval(), Turns, ExpireAll);
        Reminders = new ReminderService(
            this,
            services.GetRequiredService<IOptions<ReminderOptions>>().Value,
            loggers.CreateLogger<ReminderService>());
    }

    /// <inheritdoc/>
    public IServiceProvider ServiceProvider { get; }

    /// <inheritdoc/>
    public TimeProvider TimeProvider { get; }

    /// <inheritdoc/>
    public string SiloIdentity { get; }

    /// <inheritdoc/>
    public SiloAddress SiloAddress { get; }

    /// <summary>Where it stands.</summary>
    public RuntimeState State => (RuntimeState)Volatile.Read(ref _state);

    /// <summary>What grains get references from: the factory among the services, which is this runtime unless the host has another one.</summary>
    IGrainFactory IGrainRuntime.GrainFactory => _factory ??= ServiceProvider.GetRequiredService<IGrainFactory>();

    internal ITurnScheduler Scheduler { get; }

    internal SystemTurns Turns { get; }

    internal GrainDirectory Grains { get; }

    internal Catalog Catalog { get; }

    internal Collector Collector { get; }

    internal UnderWay UnderWay { get; }

    internal ReminderService Reminders { get; }

    internal ILogger ActivationLogger { get; }

    internal ILogger StorageLogger { get; }

    internal TimeSpan ActivationTimeout => _collection.ActivationTimeout;

    internal TimeSpan DeactivationTimeout => _collection.DeactivationTimeout;

    internal int MaxForwardCount => _messaging.MaxForwardCount;

    internal bool IsKilled => _isKilled;

    internal bool IsClosing => State >= RuntimeState.Closing;

    /// <summary>How many activations there are.</summary>
    public int ActivationCount => Catalog.Snapshot().Count;

    /// <inheritdoc/>
    public void DeactivateOnIdle(IGrainContext grainContext)
    {
        ArgumentNullException.ThrowIfNull(grainContext);
        grainContext.Deactivate(new DeactivationReason(
            DeactivationReasonCode.ApplicationRequested, $"{nameof(DeactivateOnIdle)} was called."));
    }

    /// <inheritdoc/>
    public void DelayDeactivation(IGrainContext grainContext, TimeSpan timeSpan)
    {
        ArgumentNullException.ThrowIfNull(grainContext);
        ((Activation)grainContext).DelayDeactivation(timeSpan);
    }

    /// <summary>What each grain class is doing and has done, in the order of the classes' names.</summary>
    public IReadOnlyList<GrainClassStatistics> GetStatistics()
    {
        var active = Catalog.Snapshot().CountBy(activation => activation.Class).ToDictionary();
        return
        [
            .. Grains.Classes
                .OrderBy(grainClass => grainClass.Name, StringComparer.Ordinal)
                .Select(grainClass => grainClass.Counters.Snapshot(
                    grainClass, active.GetValueOrDefault(grainClass), TimeProvider.TimestampFrequency)),
        ];
    }

    /// <inheritdoc/>
    public void Dispose() => Kill();

    // With a scheduler of the host's own, which is one thread as a rule, order matters more than contention.
    private static int LocksFor(ITurnScheduler scheduler) =>
        scheduler is ThreadPoolTurnScheduler ? Math.Clamp(Environment.ProcessorCount, 1, 16) : 1;

    private TimeSpan SweepInterval()
    {
        var shortest = new[] { _messaging.ResponseTimeout, _collection.ActivationTimeout, _collection.DeactivationTimeout }.Min();
        return TimeSpan.FromMilliseconds(Math.Clamp(shortest.TotalMilliseconds / 10, 1, 1_000));
    }

    private void ExpireAll(List<Deadline> expired)
    {
        foreach (var deadline in expired) deadline.Expire();
        if (expired.Count > 0) LogExpired(expired.Count);
    }

    [LoggerMessage(8012, LogLevel.Warning, "{Count} calls or activations did not end in time.")]
    private partial void LogExpired(int count);
}
