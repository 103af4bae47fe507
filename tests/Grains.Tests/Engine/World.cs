using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using DlqCluster.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>
/// The real grains on the engine that this is built with, with a clock that moves only when told, stores in memory and a downstream that does
/// as it is told. The stores outlive the silos, so that a crash and a restart can be played.
/// </summary>
internal sealed partial class World : IDisposable
{
    private readonly Dictionary<string, string?> _settings;

    public World(params (string Name, string Value)[] settings)
    {
        // One partition: tests look into it.
        _settings = new Dictionary<string, string?> { ["Partitions:Count"] = "1", ["Retry:JitterPercent"] = "0" };
        foreach (var (name, value) in settings) _settings[name] = value;
        Letters = new MemoryDeadLetterStore();
        States = new MemoryGrainStorage(new GrainStateSerializer());
        Payloads = new MemoryPayloadStore(Time);
    }

    public MemoryLedgerStore Ledger { get; } = new();

    public MemoryOrderingStore Ordering { get; } = new();

    public MemoryPayloadStore Payloads { get; }

    public MemoryDeadLetterStore Letters { get; }

    public MemoryGrainStorage States { get; }

    public MemoryReminderTable Reminders { get; } = new();

    public ScriptedSender Sender { get; } = new();

    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Runs a test: starts the silos, runs the body, and ends them.</summary>
    public void Run(Func<Task> body) => Time.Run(async () =>
    {
        await StartAsync();
        await body();
        await EndAsync();
    });

    /// <summary>Everything that ran is gone from one moment to the next, and starts again with what the stores have.</summary>
    public Task CrashAndRestartAsync()
    {
        Kill();
        return StartAsync();
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

    /// <summary>Lets every silo know the downstreams as they are now.</summary>
    public Task RefreshAsync() => Task.WhenAll(Silos.Select(static silo => silo.GetRequiredService<IDownstreamDirectory>().RefreshAsync()));

    public static Envelope Simple(string payload = "{}") => new() { Payload = Payload.Parse(payload) };

    public async Task<MessageState?> StateAsync(MessageId id) => (await Message(id).Get())?.State;

    /// <summary>Lets time pass until a message is in a state.</summary>
    public async Task UntilAsync(MessageId id, MessageState state, TimeSpan? within = null)
    {
        var end = Now + (within ?? TimeSpan.FromMinutes(10));
        for (var looks = 0; await StateAsync(id) != state; looks++)
        {
            Assert.True(Now < end, $"The message is {await StateAsync(id)}, not {state}.");
            await Time.AdvanceAsync(BetweenLooks(looks));
        }
    }

    /// <summary>Lets time pass until a letter is in a status.</summary>
    public async Task<Letter> UntilAsync(MessageId id, LetterStatus status, TimeSpan? within = null)
    {
        var end = Now + (within ?? TimeSpan.FromHours(48));
        for (var looks = 0; ; looks++)
        {
            var letter = await Letters.GetAsync(id);
            if (letter?.Status == status) return letter;
            Assert.True(Now < end, $"The letter is {letter?.Status.ToString() ?? "not there"}, not {status}.");
            await Time.AdvanceAsync(4 * BetweenLooks(looks));
        }
    }

    private sealed class SeededRandom(int seed) : IRandomSource
    {
        private readonly Random _random = new(seed);

        public double NextDouble()
        {
            lock (_random) return _random.NextDouble();
        }

        public void Fill(Span<byte> buffer)
        {
            lock (_random) _random.NextBytes(buffer);
        }
    }
}
