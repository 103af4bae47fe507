using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace DlqCluster.Hosting;

/// <summary>
/// Tells of troubles that many meet at once, and again and again, such as a store that is away: once when one begins, once a minute with a
/// count while it lasts, and once when it is over. A process that shuts down has parts that have stopped and others that still ask them: that
/// is no trouble.
/// </summary>
internal sealed partial class TroubleLog(TimeProvider time, DrainState drain, ILogger<TroubleLog> logger)
{
    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);

    /// <summary>A success means little while others still fail; after so long without a failure it means that the trouble is over.</summary>
    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Trouble> _troubles = new(StringComparer.Ordinal);

    /// <summary>Something failed.</summary>
    /// <param name="what">What, as the beginning of a sentence; one of few.</param>
    /// <param name="error">How.</param>
    public void Met(string what, Exception error)
    {
        if (drain.IsDraining)
        {
            Tell(() => LogBrokeOff(what, error.Message));
            return;
        }

        var now = time.GetUtcNow();
        var trouble = _troubles.GetOrAdd(what, static _ => new Trouble());
        lock (trouble)
        {
            // One that nobody has met, or seen over, for so long is another one now.
            if (trouble.Times == 0 || now - trouble.MetAt > _interval) trouble.Begin(now);
            trouble.Times++;
            trouble.MetAt = now;
            if (trouble.Times > 1 && now - trouble.ToldAt < _interval) return;
            trouble.ToldAt = now;
            Tell(() =>
            {
                if (trouble.Times == 1) LogBegins(error, what);
                else LogLasts(what, trouble.Times, now - trouble.BeganAt, error.Message);
            });
        }
    }

    /// <summary>The same worked. Costs nothing to speak of while there is no trouble.</summary>
    /// <param name="what">What.</param>
    public void Over(string what)
    {
        if (!_troubles.TryGetValue(what, out var trouble)) return;
        lock (trouble)
        {
            if (trouble.Times == 0 || time.GetUtcNow() - trouble.MetAt < _quiet) return;
            Tell(() => LogOver(what, trouble.Times, trouble.MetAt - trouble.BeganAt));
            trouble.Times = 0;
        }
    }

    /// <summary>Whoever has just met a trouble must not break off because a log has one too: it is the one who tries again.</summary>
    private static void Tell(Action log)
    {
        try
        {
            log();
        }
        catch (Exception)
        {
            // There is nowhere left to tell of it.
        }
    }

    [LoggerMessage(5107, LogLevel.Error, "{What} failed. More of this is counted, and told once a minute while it lasts")]
    private partial void LogBegins(Exception error, string what);

    [LoggerMessage(5108, LogLevel.Error, "{What} goes on failing: {Times} times in {Lasting}. The last time: {Reason}")]
    private partial void LogLasts(string what, long times, TimeSpan lasting, string reason);

    [LoggerMessage(5109, LogLevel.Information, "{What} works again, after {Times} failures in {Lasting}")]
    private partial void LogOver(string what, long times, TimeSpan lasting);

    [LoggerMessage(5110, LogLevel.Debug, "{What} broke off, as the process shuts down: {Reason}")]
    private partial void LogBrokeOff(string what, string reason);

    private sealed class Trouble
    {
        public long Times { get; set; }

        public DateTimeOffset BeganAt { get; private set; }

        public DateTimeOffset MetAt { get; set; }

        public DateTimeOffset ToldAt { get; set; }

        public void Begin(DateTimeOffset now) => (Times, BeganAt) = (0, now);
    }
}
