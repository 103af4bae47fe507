using Microsoft.Extensions.Options;

namespace DlqCluster.Silo.Memory;

/// <summary>
/// Gives memory back once the service has come to rest. The collector runs when something is allocated: left to itself, a service with nothing
/// to do keeps what the last burst took for as long as it has nothing to do.
/// </summary>
/// <param name="heap">The memory.</param>
/// <param name="options">When.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class MemoryKeeper(IHeap heap, IOptions<MemoryOptions> options, TimeProvider time, ILogger<MemoryKeeper> logger) : IHostedService, IDisposable
{
    private readonly MemoryOptions _limits = options.Value;
    private ITimer? _timer;
    private RestWatch _watch;
    private long _lookedAt;

    /// <summary>Adds it.</summary>
    /// <param name="builder">The host.</param>
    public static void AddTo(WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<MemoryOptions>().Bind(builder.Configuration.GetSection(MemoryOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<IHeap, ManagedHeap>().AddHostedService<MemoryKeeper>();
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_limits.RestIntervalMs == 0) return Task.CompletedTask;
        // From the beginning: a start that takes up much is work too.
        _lookedAt = time.GetTimestamp();
        _timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Arm();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    // Once each: a look that took long is never overtaken by the next one.
    private void Arm() => _timer!.Change(TimeSpan.FromMilliseconds(_limits.RestIntervalMs), Timeout.InfiniteTimeSpan);

    private void Look()
    {
        (_watch, var isOver) = _watch.Look(heap.Allocated, time.GetElapsedTime(_lookedAt), _limits);
        if (isOver) Trim();
        _lookedAt = time.GetTimestamp();
        Arm();
    }

    private void Trim()
    {
        var since = time.GetTimestamp();
        heap.Trim();
        LogTrimmed(time.GetElapsedTime(since).TotalMilliseconds);
    }

    [LoggerMessage(1902, LogLevel.Debug, "The service has come to rest: memory was given back, in {Milliseconds} ms")]
    private partial void LogTrimmed(double milliseconds);
}
