using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>
/// Reads the reminders from their table and sends them when they are due. All it holds is touched by the runtime's turns only.
/// </summary>
/// <param name="runtime">The runtime.</param>
/// <param name="options">The limits.</param>
/// <param name="logger">Where failures go.</param>
internal sealed partial class ReminderService(EmbeddedRuntime runtime, ReminderOptions options, ILogger<ReminderService> logger)
    : IDisposable
{
    private static readonly TimeSpan _firstBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestBackoff = TimeSpan.FromMinutes(1);

    private readonly Dictionary<(GrainId Grain, string Name), LocalReminder> _reminders = [];
    private readonly HashSet<(GrainId Grain, string Name)> _removed = [];
    private readonly CancellationTokenSource _stopped = new();
    private IReminderTable? _table;
    private long _sequence;

    private DateTime Now => runtime.TimeProvider.GetUtcNow().UtcDateTime;

    /// <summary>
    /// Opens the table and reads it. If reading fails it is tried again in the background; if opening fails, starting does.
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _table = runtime.ServiceProvider.GetService<IReminderTable>();
        if (_table is null) return;
        using var timer = new CancellationTokenSource(options.InitializationTimeout, runtime.TimeProvider);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        await _table.StartAsync(limit.Token);
        await runtime.Turns.RunAsync(async () =>
        {
            var wait = await RefreshAsync(TimeSpan.Zero);
            _ = KeepRefreshingAsync(wait);
            return true;
        });
    }

    /// <summary>Sends nothing any more.</summary>
    public void StopTicking()
    {
        _stopped.Cancel();
        foreach (var reminder in _reminders.Values) reminder.Dispose();
        _reminders.Clear();
    }

    /// <summary>Closes the table.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task CloseTableAsync(CancellationToken cancellationToken)
    {
        if (_table is null) return;
        try
        {
            await _table.StopAsync(cancellationToken).WaitAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            LogCloseFailed(exception);
        }
    }

    // The timers of what is left fire once more at most, into turns that do not run.
    public void Dispose() => _stopped.Cancel();

    private IReminderTable Table() => _table ?? throw new OrleansConfigurationException(
        $"Reminders need an {nameof(IReminderTable)} among the services, and a runtime that has been started.");

    private async Task KeepRefreshingAsync(TimeSpan wait)
    {
        while (!_stopped.IsCancellationRequested)
        {
            await Task.Delay(wait > TimeSpan.Zero ? wait : options.RefreshReminderListPeriod, runtime.TimeProvider, _stopped.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (!_stopped.IsCancellationRequested) wait = await RefreshAsync(wait);
        }
    }

    /// <summary>Reads the table once.</summary>
    /// <param name="lastWait">The backoff that preceded; zero when all was well.</param>
    /// <returns>The backoff before the next attempt; zero when all is well.</returns>
    private async Task<TimeSpan> RefreshAsync(TimeSpan lastWait)
    {
        var startedAt = ++_sequence;
        _removed.Clear();
        try
        {
            Apply(await Table().ReadRows(0, 0), startedAt);
            return TimeSpan.Zero;
        }
        catch (Exception exception)
        {
            var wait = lastWait == TimeSpan.Zero ? _firstBackoff : lastWait * 2;
            if (wait > _longestBackoff) wait = _longestBackoff;
            LogReadFailed(exception, wait);
            return wait;
        }
    }

    /// <summary>Makes what is sent here what the table says, but for what was changed here while it was read.</summary>
    /// <param name="rows">What the table said.</param>
    /// <param name="startedAt">When it was asked, counted in changes.</param>
    private void Apply(ReminderTableData rows, long startedAt)
    {
        var seen = new HashSet<(GrainId Grain, string Name)>();
        foreach (var entry in rows.Reminders)
        {
            var key = (entry.GrainId, entry.ReminderName);
            seen.Add(key);
            if (_removed.Contains(key)) continue;
            if (_reminders.TryGetValue(key, out var known) && (known.Sequence > startedAt || known.Entry.ETag == entry.ETag)) continue;
            Put(entry, startedAt);
        }

        foreach (var (key, reminder) in _reminders.ToArray())
        {
            if (!seen.Contains(key) && reminder.Sequence < startedAt) Drop(key);
        }
    }

    private void Put(ReminderEntry entry, long sequence)
    {
        if (_stopped.IsCancellationRequested) return;
        var key = (entry.GrainId, entry.ReminderName);
        Drop(key);
        var reminder = new LocalReminder(entry, runtime.TimeProvider, due => runtime.Turns.Post(_ => Wake(due), null))
        {
            Sequence = sequence,
        };
        _reminders.Add(key, reminder);
        reminder.WaitUntil(ReminderSchedule.AtOrAfter(entry, Now));
    }

    private void Drop((GrainId Grain, string Name) key)
    {
        if (_reminders.Remove(key, out var reminder)) reminder.Dispose();
    }

    private void Wake(LocalReminder reminder)
    {
        if (reminder.IsDisposed) return;
        if (Now < reminder.Due) reminder.WaitUntil(ReminderSchedule.AtOrAfter(reminder.Entry, Now));
        else _ = TickAsync(reminder);
    }

    private async Task TickAsync(LocalReminder reminder)
    {
        var entry = reminder.Entry;
        try
        {
            var grain = runtime.GetGrain<IRemindable>(entry.GrainId);
            await grain.ReceiveReminder(entry.ReminderName, new TickStatus(entry.StartAt, entry.Period, Now));
        }
        catch (Exception exception)
        {
            LogTickFailed(exception, entry.ReminderName, entry.GrainId);
        }

        var last = Now > reminder.Due ? Now : reminder.Due;
        reminder.WaitUntil(ReminderSchedule.After(entry, last));
    }

    [LoggerMessage(8006, LogLevel.Warning, "The reminders could not be read. The next attempt is in {Wait}.")]
    private partial void LogReadFailed(Exception exception, TimeSpan wait);

    [LoggerMessage(8007, LogLevel.Warning, "The reminder {Name} of {GrainId} failed. It goes on.")]
    private partial void LogTickFailed(Exception exception, string name, GrainId grainId);

    [LoggerMessage(8008, LogLevel.Warning, "The table of reminders could not be closed in order.")]
    private partial void LogCloseFailed(Exception exception);
}
