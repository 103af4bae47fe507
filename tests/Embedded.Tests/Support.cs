using System.Collections.Concurrent;
using System.Globalization;
using DlqCluster.Embedded.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;

namespace DlqCluster.Embedded.Tests;

/// <summary>A runtime for a test, with all that its grains need.</summary>
internal sealed class TestSilo : IDisposable
{
    private readonly ServiceProvider _services;

    private TestSilo(ServiceProvider services) => _services = services;

    public EmbeddedRuntime Runtime => _services.GetRequiredService<EmbeddedRuntime>();

    public Trace Trace => _services.GetRequiredService<Trace>();

    public MemoryStorage Storage => _services.GetRequiredService<MemoryStorage>();

    public MemoryReminders Reminders => _services.GetRequiredService<MemoryReminders>();

    public LogLines Log => _services.GetRequiredService<LogLines>();

    /// <summary>Makes a silo on virtual time; the caller starts it.</summary>
    public static TestSilo On(
        VirtualTime time,
        Action<ISiloBuilder>? configure = null,
        MemoryStorage? storage = null,
        MemoryReminders? reminders = null) =>
        Make(services => services.AddSingleton<TimeProvider>(time).AddSingleton<ITurnScheduler>(time), configure, storage, reminders);

    /// <summary>Makes a silo on the thread pool and the real clock; the caller starts it.</summary>
    public static TestSilo OnThreads(Action<ISiloBuilder>? configure = null) => Make(_ => { }, configure, null, null);

    /// <summary>Runs a test on virtual time, in a silo that is started before and killed after.</summary>
    public static void Run(Func<TestSilo, VirtualTime, Task> test, Action<ISiloBuilder>? configure = null)
    {
        var time = new VirtualTime();
        using var silo = On(time, configure);
        time.Run(async () =>
        {
            await silo.Runtime.StartAsync();
            await test(silo, time);
        });
    }

    public TGrain Grain<TGrain>(string key)
        where TGrain : IGrainWithStringKey => Runtime.GetGrain<TGrain>(key);

    public void Dispose() => _services.Dispose();

    private static TestSilo Make(
        Action<IServiceCollection> time, Action<ISiloBuilder>? configure, MemoryStorage? storage, MemoryReminders? reminders)
    {
        var services = new ServiceCollection();
        time(services);
        services.AddSingleton<Trace>();
        services.AddSingleton(storage ?? new MemoryStorage());
        services.AddSingleton(reminders ?? new MemoryReminders());
        services.AddSingleton<LogLines>().AddSingleton<ILoggerProvider>(provider => provider.GetRequiredService<LogLines>());
        services.AddKeyedSingleton<IGrainStorage>("memory", (provider, _) => provider.GetRequiredService<MemoryStorage>());
        services.AddSingleton<IReminderTable>(provider => provider.GetRequiredService<MemoryReminders>());
        services.AddOrleans(silo => configure?.Invoke(silo));
        return new TestSilo(services.BuildServiceProvider());
    }
}

/// <summary>What happened, in order.</summary>
internal sealed class Trace
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string[] Lines => [.. _lines];

    public string Text => string.Join(" ", _lines);

    public void Add(string line) => _lines.Enqueue(line);
}

/// <summary>Something to wait at until the test opens it.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _opened = new();

    public Task Opened => _opened.Task;

    public void Open() => _opened.TrySetResult();
}

/// <summary>The log, for tests that look at it.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string[] Lines => [.. _lines];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel}: {formatter(state, exception)}");

    public void Dispose()
    {
    }
}

/// <summary>A store of states in memory, with faults on demand.</summary>
internal sealed class MemoryStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<string, (object? State, string ETag)> _records = new();
    private int _version;

    public int Reads { get; private set; }

    public int Writes { get; private set; }

    /// <summary>Awaited before each operation; throws or waits as the test wants.</summary>
    public Func<Task> Before { get; set; } = () => Task.CompletedTask;

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await Before();
        Reads++;
        if (!_records.TryGetValue($"{grainId}/{stateName}", out var record)) return;
        grainState.State = (T?)record.State;
        grainState.ETag = record.ETag;
        grainState.RecordExists = true;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await Before();
        Writes++;
        var key = $"{grainId}/{stateName}";
        ThrowIfChanged(key, grainState.ETag);
        grainState.ETag = (++_version).ToString(CultureInfo.InvariantCulture);
        grainState.RecordExists = true;
        _records[key] = (grainState.State, grainState.ETag);
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await Before();
        var key = $"{grainId}/{stateName}";
        ThrowIfChanged(key, grainState.ETag);
        _records.TryRemove(key, out _);
        grainState.ETag = null;
        grainState.RecordExists = false;
        grainState.State = Activator.CreateInstance<T>();
    }

    /// <summary>Changes a record behind its grain's back.</summary>
    public void Meddle(string key, object state) => _records[key] = (state, "meddled");

    private void ThrowIfChanged(string key, string? etag)
    {
        var stored = _records.TryGetValue(key, out var record) ? record.ETag : null;
        if (stored != etag) throw new InconsistentStateException("The record was changed.", stored, etag);
    }
}

/// <summary>A table of reminders in memory, with faults on demand.</summary>
internal sealed class MemoryReminders : IReminderTable
{
    private readonly SortedDictionary<string, ReminderEntry> _rows = new(StringComparer.Ordinal);
    private int _version;

    public int FailingReads { get; set; }

    public int Reads { get; private set; }

    public int Count => _rows.Count;

    public Task<ReminderTableData> ReadRows(GrainId grainId) =>
        Task.FromResult(new ReminderTableData(_rows.Values.Where(row => row.GrainId == grainId)));

    public Task<ReminderTableData> ReadRows(uint begin, uint end)
    {
        Reads++;
        if (FailingReads-- > 0) throw new IOException("The table cannot be read.");
        return Task.FromResult(new ReminderTableData(_rows.Values));
    }

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) =>
        Task.FromResult(_rows.GetValueOrDefault($"{grainId}/{reminderName}"));

    public Task<string?> UpsertRow(ReminderEntry entry)
    {
        var etag = (++_version).ToString(CultureInfo.InvariantCulture);
        _rows[$"{entry.GrainId}/{entry.ReminderName}"] = new ReminderEntry
        {
            GrainId = entry.GrainId,
            ReminderName = entry.ReminderName,
            StartAt = entry.StartAt,
            Period = entry.Period,
            ETag = etag,
        };
        return Task.FromResult<string?>(etag);
    }

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag)
    {
        var key = $"{grainId}/{reminderName}";
        return Task.FromResult(_rows.TryGetValue(key, out var row) && row.ETag == eTag && _rows.Remove(key));
    }

    public Task TestOnlyClearTable()
    {
        _rows.Clear();
        return Task.CompletedTask;
    }
}
