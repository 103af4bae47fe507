using System.Collections.Concurrent;

namespace DlqCluster.Silo.Logging;

/// <summary>Stands before the console, so that a storm of one event does not drown the others, the disk and the bill: after so many of it in a
/// minute there is one line that says how many more there were. An entry that cannot be written breaks nobody off.</summary>
[ProviderAlias("Console")]
internal sealed partial class LimitedLoggerProvider : ILoggerProvider, ISupportExternalScope
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, ILogger> _inner = new(StringComparer.Ordinal);
    private readonly ILoggerProvider _provider;
    private readonly LogLimiter _limiter;
    private readonly ITimer _timer;

    /// <summary>Makes one.</summary>
    /// <param name="provider">What really writes.</param>
    /// <param name="perMinute">How often a kind of event is written in a minute; 0 for always.</param>
    /// <param name="time">The clock.</param>
    public LimitedLoggerProvider(ILoggerProvider provider, int perMinute, TimeProvider time)
    {
        _provider = provider;
        _limiter = new LogLimiter(perMinute);
        _timer = time.CreateTimer(static limited => ((LimitedLoggerProvider)limited!).EndMinute(), this, _minute, _minute);
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Limited(Inner(categoryName), categoryName, _limiter);

    /// <inheritdoc/>
    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => (_provider as ISupportExternalScope)?.SetScopeProvider(scopeProvider);

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        EndMinute();
        _provider.Dispose();
    }

    private ILogger Inner(string category) => _inner.GetOrAdd(category, _provider.CreateLogger);

    private void EndMinute()
    {
        foreach (var (kind, keptBack) in _limiter.EndMinute()) LogKeptBack(Inner(kind.Category), keptBack, kind.Event.Id, LogFields.NameOf(kind.Event));
    }

    [LoggerMessage(1901, LogLevel.Warning, "{Count} more of event {RepeatedId} ({Repeated}) within a minute were not written (Logging:RateLimit:PerMinute)")]
    private static partial void LogKeptBack(ILogger logger, long count, int repeatedId, string? repeated);

    private sealed class Limited(ILogger inner, string category, LogLimiter limiter) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!limiter.MayWrite(new LogKind(category, eventId), logLevel)) return;
            try
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
            catch (Exception failure)
            {
                // What is spoken of must go on, whether it can be put into words or not.
                inner.Log(logLevel, eventId, failure, null, static (failure, _) => $"(This entry could not be put into words: {failure.GetType()})");
            }
        }
    }
}
