using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Embedded;
using DlqCluster.Embedded.Testing;
using DlqCluster.Hosting;
using DlqCluster.Ledger;
using DlqCluster.Messages;
using DlqCluster.Ordering;
using DlqCluster.Payloads;
using DlqCluster.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>
/// The real grains on the embedded engine, with a clock that moves only when told, stores in memory and a downstream that does as it is
/// told. The stores outlive the silo, so that a crash and a restart can be played.
/// </summary>
internal sealed class World : IDisposable
{
    private readonly Dictionary<string, string?> _settings;
    private IHost? _host;

    public World(params (string Name, string Value)[] settings)
    {
        // One partition: tests look into it.
        _settings = new Dictionary<string, string?> { ["Partitions:Count"] = "1", ["Retry:JitterPercent"] = "0" };
        foreach (var (name, value) in settings) _settings[name] = value;
        Letters = new MemoryDeadLetterStore();
        States = new MemoryGrainStorage(new GrainStateSerializer());
        Payloads = new MemoryPayloadStore(Time);
    }

    public VirtualTime Time { get; } = new();

    public MemoryLedgerStore Ledger { get; } = new();

    public MemoryOrderingStore Ordering { get; } = new();

    public MemoryPayloadStore Payloads { get; }

    public MemoryDeadLetterStore Letters { get; }

    public MemoryGrainStorage States { get; }

    public MemoryReminderTable Reminders { get; } = new();

    public ScriptedSender Sender { get; } = new();

    public IServiceProvider Services => _host!.Services;

    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Runs a test: starts a silo, runs the body, and stops the silo.</summary>
    public void Run(Func<Task> body) => Time.Run(async () =>
    {
        await StartAsync();
        await body();
        await StopAsync();
    });

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

    public async Task StopAsync()
    {
        foreach (var service in Services.GetServices<IHostedService>().Reverse()) await service.StopAsync(CancellationToken.None);
    }

    /// <summary>The silo is gone from one moment to the next; what the stores have is all that is left.</summary>
    public async Task CrashAndRestartAsync()
    {
        Services.GetRequiredService<EmbeddedRuntime>().Kill();
        await StartAsync();
    }

    public IMessageGrain Message(MessageId id) => Grains.GetGrain<IMessageGrain>(id.Value);

    public ICircuitBreakerGrain Breaker(string name = "default") => Grains.GetGrain<ICircuitBreakerGrain>(name);

    public IDlqPartitionGrain Partition => Grains.GetGrain<IDlqPartitionGrain>(0);

    public MessageId NewId() => Services.GetRequiredService<MessageIds>().New();

    public async Task<MessageId> SubmitAsync(Envelope? envelope = null)
    {
        var id = NewId();
        var result = await Message(id).Submit(new SubmitMessage(envelope ?? Simple(), "hash"));
        Assert.Equal(SubmitOutcome.Accepted, result.Outcome);
        return id;
    }

    public static Envelope Simple(string payload = "{}") => new() { Payload = Payload.Parse(payload) };

    public async Task<MessageState?> StateAsync(MessageId id) => (await Message(id).Get())?.State;

    /// <summary>Lets time pass until a message is in a state.</summary>
    public async Task UntilAsync(MessageId id, MessageState state, TimeSpan? within = null)
    {
        var end = Now + (within ?? TimeSpan.FromMinutes(10));
        while (await StateAsync(id) != state)
        {
            Assert.True(Now < end, $"The message is {await StateAsync(id)}, not {state}.");
            await Time.AdvanceAsync(TimeSpan.FromMilliseconds(50));
        }
    }

    /// <summary>Lets time pass until a letter is in a status.</summary>
    public async Task<Letter> UntilAsync(MessageId id, LetterStatus status, TimeSpan? within = null)
    {
        var end = Now + (within ?? TimeSpan.FromHours(48));
        while (true)
        {
            var letter = await Letters.GetAsync(id);
            if (letter?.Status == status) return letter;
            Assert.True(Now < end, $"The letter is {letter?.Status.ToString() ?? "not there"}, not {status}.");
            await Time.AdvanceAsync(TimeSpan.FromMilliseconds(200));
        }
    }

    public void Dispose() => _host?.Dispose();

    private sealed class OneThread(VirtualTime time) : IBackgroundRunner
    {
        public void Run(Func<Task> work) => time.Context.Post(static work => _ = ((Func<Task>)work!)(), work);
    }

    private sealed class SeededRandom(int seed) : IRandomSource
    {
        private readonly Random _random = new(seed);

        public double NextDouble() => _random.NextDouble();

        public void Fill(Span<byte> buffer) => _random.NextBytes(buffer);
    }
}
