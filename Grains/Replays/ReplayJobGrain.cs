using DlqCluster.Diagnostics;
using DlqCluster.Hosting;
using Microsoft.Extensions.Logging;

namespace DlqCluster.Replays;

/// <summary>
/// One replay job. Its turns are here; its work, which a timer drives, is in the other file. What it decides is <see cref="ReplayJob"/>'s.
/// It stores which letters it takes in hand before it starts any of them, and a partition replays a letter once a job: whatever crashes in
/// between, asking the partitions about what is in hand tells the rest.
/// </summary>
[GrainType("replay")]
internal sealed partial class ReplayJobGrain(
    [PersistentState("replay", DlqGrains.ReplayStorage)] IPersistentState<ReplayJobRecord> stored,
    ReplayServices services,
    DlqMetrics metrics,
    ILogger<ReplayJobGrain> logger) : Grain, IReplayJobGrain, IDisposable
{
    private const string Reminder = "keep-alive";
    private static readonly TimeSpan _reminderPeriod = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly Recheck _recheck = new(services.Time);
    private readonly ReplayHand _hand = new();
    private readonly SortedDictionary<int, ReplayBlock> _blocks = [];
    private ReplayJobRecord _record = new();
    private IGrainTimer? _timer;
    private bool _isLost;

    private string Id => this.GetPrimaryKeyString();

    private DateTimeOffset Now => services.Time.GetUtcNow();

    /// <summary>What waits in memory goes by, since the clock may be set.</summary>
    private TimeSpan Elapsed => services.Time.GetElapsedTime(0);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (stored.RecordExists) Begin(stored.State);
        return Task.CompletedTask;
    }

    public async Task<ReplayJobView> Create(ReplayJobPlan plan)
    {
        if (!stored.RecordExists)
        {
            // Before the job itself: a reminder without a job goes away when it fires; a job without one could be forgotten.
            await this.RegisterOrUpdateReminder(Reminder, _reminderPeriod, _reminderPeriod);
            _record = ReplayJob.Create(plan, Now);
            await SaveAsync();
            LogCreated(Id, plan.By, plan.Reason);
            Begin(_record);
        }

        return View();
    }

    public Task<ReplayJobView?> Get() => Task.FromResult(stored.RecordExists ? View() : null);

    public async Task<ReplayOrderResult> Obey(ReplayJobOrder order, string by, string? reason)
    {
        if (!stored.RecordExists) return new ReplayOrderResult(false, null);
        if (ReplayJob.Obey(_record, order, by, reason, Now) is not { } next) return new ReplayOrderResult(false, View());
        if (!ReferenceEquals(next, _record))
        {
            // In force at once, stored before anybody is told.
            _record = next;
            await SaveAsync();
            LogObeyed(Id, order, by, reason);
        }

        return new ReplayOrderResult(true, View());
    }

    public Task Ended(IReadOnlyList<JobLetter> letters)
    {
        if (stored.RecordExists) Note(letters);
        return Task.CompletedTask;
    }

    public async Task<bool> Wake()
    {
        await LookAgainAsync();
        if (!stored.RecordExists || _record.Reported) return false;
        await this.RegisterOrUpdateReminder(Reminder, _reminderPeriod, _reminderPeriod);
        return true;
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        await LookAgainAsync();
        if (!stored.RecordExists || _record.Reported) await StopRemindingAsync();
    }

    public async Task Forget()
    {
        if (stored.RecordExists && !_record.Reported) throw new InvalidOperationException($"The replay job {Id} has not ended.");
        if (stored.RecordExists) await stored.ClearStateAsync();
        DeactivateOnIdle();
    }

    public void Dispose() => _oneAtATime.Dispose();

    private void Begin(ReplayJobRecord record)
    {
        _record = _saved = record;
        _hand.Load(record);
        if (record.Reported) return;
        var tick = TimeSpan.FromMilliseconds(services.Options.TickMs);
        _timer = this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(tick, tick) { KeepAlive = true });
    }

    /// <summary>Reads anew where there was nothing: the silo that made the job may have died while its write was on its way, and that arrived.</summary>
    private async Task LookAgainAsync()
    {
        if (stored.RecordExists) return;
        await stored.ReadStateAsync();
        if (stored.RecordExists) Begin(stored.State);
    }

    private async Task StopRemindingAsync()
    {
        if (await this.GetReminder(Reminder) is { } reminder) await this.UnregisterReminder(reminder);
    }

    /// <summary>Stores the record as it is. A write of unknown outcome ends this activation: the next one begins from what is stored.</summary>
    private async Task SaveAsync()
    {
        await _oneAtATime.WaitAsync();
        try
        {
            if (_isLost) throw new InvalidOperationException($"The replay job {Id} begins anew from what is stored; try again.");
            // Others may change the record while it is being written; what they change is written the next time.
            var saving = _record;
            stored.State = saving;
            await stored.WriteStateAsync();
            _saved = saving;
            _savedAt = services.Time.GetTimestamp();
        }
        catch
        {
            Lose();
            throw;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>
    /// Whether another silo, that took this one for dead, has stored the job since. One that only waits would never find out: it writes nothing.
    /// </summary>
    private async Task<bool> WasOvertakenAsync()
    {
        await _oneAtATime.WaitAsync();
        try
        {
            var known = stored.Etag;
            await stored.ReadStateAsync();
            if (stored.Etag == known) return false;
            Lose();
            return true;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private void Lose()
    {
        _isLost = true;
        _timer?.Dispose();
        DeactivateOnIdle();
    }

    private ReplayJobView View() => ReplayJobViews.Of(Id, _record, _hand, _blocks);

    [LoggerMessage(4101, LogLevel.Information, "Replay job {Job} of {By} begins, because {Reason}")]
    private partial void LogCreated(string job, string by, string? reason);

    [LoggerMessage(4102, LogLevel.Information, "Replay job {Job} was told to {Order} by {By}, because {Reason}")]
    private partial void LogObeyed(string job, ReplayJobOrder order, string by, string? reason);

    [LoggerMessage(4103, LogLevel.Information, "Replay job {Job} is {State}: {Reason}")]
    private partial void LogEnded(string job, ReplayJobState state, string? reason);

    [LoggerMessage(4104, LogLevel.Warning, "Replay job {Job} could not go on; it tries again")]
    private partial void LogTickFailed(Exception exception, string job);

    [LoggerMessage(4105, LogLevel.Warning, "Partition {Partition} did not answer replay job {Job} about {Count} letters; it is asked again")]
    private partial void LogPartitionSilent(Exception exception, int partition, string job, int count);
}
