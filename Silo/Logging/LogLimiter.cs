using System.Collections.Concurrent;

namespace DlqCluster.Silo.Logging;

/// <summary>Lets a kind of event through so often a minute, and counts the rest.</summary>
/// <param name="perMinute">How often; 0 for always.</param>
internal sealed class LogLimiter(int perMinute)
{
    private ConcurrentDictionary<LogKind, Count> _counts = new();

    /// <summary>Whether one more may be written. What is critical always may.</summary>
    /// <param name="kind">Which kind of event.</param>
    /// <param name="level">How bad it is.</param>
    public bool MayWrite(LogKind kind, LogLevel level)
    {
        if (perMinute == 0 || level >= LogLevel.Critical) return true;
        return Interlocked.Increment(ref _counts.GetOrAdd(kind, static _ => new Count()).Seen) <= perMinute;
    }

    /// <summary>A minute is over: what was kept back in it, and the next one begins.</summary>
    public IEnumerable<(LogKind Kind, long KeptBack)> EndMinute() =>
        Interlocked.Exchange(ref _counts, new ConcurrentDictionary<LogKind, Count>())
            .Select(pair => (pair.Key, KeptBack: Interlocked.Read(ref pair.Value.Seen) - perMinute))
            .Where(static kept => kept.KeptBack > 0)
            .OrderBy(static kept => kept.Key.Category, StringComparer.Ordinal).ThenBy(static kept => kept.Key.Event.Id);

    private sealed class Count
    {
        public long Seen;
    }
}

/// <summary>A kind of event.</summary>
/// <param name="Category">Whose it is.</param>
/// <param name="Event">Which one.</param>
internal readonly record struct LogKind(string Category, EventId Event);
