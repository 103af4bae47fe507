using System.Diagnostics.CodeAnalysis;
using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Embedded;
using DlqCluster.Embedded.Testing;
using DlqCluster.Hosting;
using DlqCluster.Ledger;
using DlqCluster.Ordering;
using DlqCluster.Payloads;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>On the embedded engine: one silo, one thread, and always the same order.</summary>
internal sealed partial class World
{
    private IHost? _host;

    public VirtualTime Time { get; } = new();

    public IServiceProvider Services => _host!.Services;

    /// <summary>The services of all silos.</summary>
    public IReadOnlyList<IServiceProvider> Silos => [Services];

    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    /// <summary>The moments, of so many that something may happen at, that are tried: all of them.</summary>
    public static IEnumerable<int> Moments(int count) => Enumerable.Range(1, count);

    /// <summary>Settings for tests that last for days: none, as days cost nothing here.</summary>
    public static IReadOnlyList<(string Name, string Value)> Patient => [];

    // Each test ends with a shutdown, which costs nothing here.
    private Task EndAsync() => StopAsync();

    /// <summary>Lets much time pass, in which nothing should happen.</summary>
    public Task IdleAsync(TimeSpan time) => Time.AdvanceAsync(time);

    /// <summary>How long to wait before one looks again.</summary>
    public static TimeSpan BetweenLooks(int looks) => TimeSpan.FromMilliseconds(50);

    public async Task StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(_settings);
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSingleton<ITurnScheduler>(Time);
        builder.Services.AddSingleton<IBackgroundRunner>(new OneThread(Time));
        builder.Services.AddSingleton<IRandomSource>(new SeededRandom(17));
        builder.Services.AddSingleton<IDownstreamSender>(Sender);
        builder.Services.AddSingleton<ILedgerStore>(Ledger);
        builder.Services.AddSingleton<IOrderingStore>(Ordering);
        builder.Services.AddSingleton<IPayloadStore>(Payloads);
        builder.Services.AddSingleton<IDeadLetterStore>(Letters);
        builder.Services.AddSingleton<IReminderTable>(Reminders);
        foreach (var name in DlqGrains.StorageNames) builder.Services.AddKeyedSingleton<IGrainStorage>(name, States);
        // Not this assembly: other tests have stand-ins for grains.
        builder.UseOrleans(static silo => silo.Configure<EmbeddedOptions>(options => options.GrainAssemblies.Add(typeof(DlqGrains).Assembly)));
        builder.Services.AddDlqGrains(builder.Configuration);
        _host = builder.Build();
        // One by one, by hand: the host itself would go on on the thread pool, behind the back of the virtual clock.
        foreach (var service in Services.GetServices<IHostedService>()) await service.StartAsync(CancellationToken.None);
    }

    /// <summary>Everything comes in at one silo, and meets one gate: there is no other.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "It is about this world.")]
    public void UseOneSilo()
    {
    }

    public async Task StopAsync()
    {
        foreach (var service in Services.GetServices<IHostedService>().Reverse()) await service.StopAsync(CancellationToken.None);
    }

    /// <summary>The silo is gone from one moment to the next; what the stores have is all that is left.</summary>
    public void Kill() => Services.GetRequiredService<EmbeddedRuntime>().Kill();

    public void Dispose() => _host?.Dispose();

    private sealed class OneThread(VirtualTime time) : IBackgroundRunner
    {
        public void Run(Func<Task> work) => time.Context.Post(static work => _ = ((Func<Task>)work!)(), work);
    }
}
