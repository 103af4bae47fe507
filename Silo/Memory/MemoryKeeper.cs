using Microsoft.Extensions.Options;

namespace DlqCluster.Silo.Memory;

/// <summary>
/// Gives memory back once the service has come to rest. The collector runs when something is allocated: left to itself, a service with nothing
/// to do keeps what the last burst took for as long as it has nothing to do.
/// </summary>
/// <param name="memory">The memory.</param>
/// <param name="options">When.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class MemoryKeeper(IProcessMemory memory, IOptions<MemoryOptions> options, TimeProvider time, ILogger<MemoryKeeper> logger) : IHostedService, IDisposable
{
    private const long BytesPerKb = 1024;

    private readonly MemoryOptions _limits = options.Value;
    private ITimer? _timer;
    private RestWatch _watch;
    private long _lookedAt;

    /// <summary>Adds it.</summary>
    /// <param name="builder">The host.</param>
    public static void AddTo(WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<MemoryOptions>().Bind(builder.Configuration.GetSection(MemoryOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<IProcessMemory, ProcessMemory>().AddHostedService<MemoryKeeper>();
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_limits.RestIntervalMs == 0) return Task.CompletedTask;
        // From the beginning: a start that takes up much is work too.
        _lookedAt = time.GetTimestamp();
        _timer = time.CreateTimer(_ => _ = LookAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
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

    private async Task LookAsync()
    {
        try
        {
            (_watch, var isOver) = _watch.Look(memory.Allocated, time.GetElapsedTime(_lookedAt), _limits);
            if (isOver) await TrimAsync();
        }
        catch (Exception exception)
        {
            // What is kept does no harm; after the next spell of work it is tried again.
            LogKept(exception);
        }

        _lookedAt = time.GetTimestamp();
        Arm();
    }

    private async Task TrimAsync()
    {
        var since = time.GetTimestamp();
        var dropped = await memory.TrimAsync();
        LogTrimmed(dropped / BytesPerKb, time.GetElapsedTime(since).TotalMilliseconds);
    }

    [LoggerMessage(1903, LogLevel.Warning, "The memory that work took could not be given back; it is tried again after the next")]
    private partial void LogKept(Exception exception);

    [LoggerMessage(1902, LogLevel.Debug, "The service has come to rest: memory was given back, {Kb} KiB of it what stores keep to be faster, in {Milliseconds} ms")]
    private partial void LogTrimmed(long kb, double milliseconds);
}
