using DlqCluster.Breakers;
using DlqCluster.Diagnostics;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DlqCluster.DeadLetters;

/// <summary>
/// Owns the letters of one partition and replays those whose time has come. Each turn reads the letter, asks
/// <see cref="LetterLifecycle"/> what becomes of it, and stores that before anybody hears of it.
/// </summary>
[GrainType("dlq")]
internal sealed partial class DlqPartitionGrain(
    IDeadLetterStore store,
    DlqContext context,
    IOptions<DlqOptions> options,
    TimeProvider time,
    DlqMetrics metrics,
    ILogger<DlqPartitionGrain> logger) : Grain, IDlqPartitionGrain
{
    private const string Reminder = "keep-alive";
    private static readonly TimeSpan _reminderPeriod = TimeSpan.FromMinutes(1);

    private readonly DlqOptions _options = options.Value;
    private int _partition;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _partition = (int)this.GetPrimaryKeyLong();
        var interval = TimeSpan.FromMilliseconds(_options.PollIntervalMs);
        this.RegisterGrainTimer(LookAsync, new GrainTimerCreationOptions(interval, interval) { KeepAlive = true });
        if (_partition == 0) metrics.CountsLetters = true;
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_partition == 0) metrics.CountsLetters = false;
        return Task.CompletedTask;
    }

    public Task Start() => this.RegisterOrUpdateReminder(Reminder, _reminderPeriod, _reminderPeriod);

    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;

    public async Task Admit(DeadLetterMessage message)
    {
        var known = await store.GetAsync(message.MessageId);
        var calendar = await context.CalendarOfAsync(message.Envelope.Target);
        if (LetterLifecycle.Admit(known, message, time.GetUtcNow(), _options, calendar) is not { } letter) return;
        await StoreAsync(letter, known?.Version ?? 0);
        metrics.LetterAdmitted(letter, isNew: known is null);
        if (known is not null) TellJob(letter);
        LogAdmitted(letter.MessageId, letter.Metadata.Target, letter.ErrorType, letter.Status);
    }

    public async Task ReplayEnded(MessageId messageId, int generation, MessageState end)
    {
        if (await store.GetAsync(messageId) is not { } known) return;
        if (LetterLifecycle.ReplayEnded(known, generation, end, time.GetUtcNow()) is not { } letter) return;
        await StoreAsync(letter, known.Version);
        metrics.ReplayEnded(letter);
        TellJob(letter);
    }

    public async Task<ReplayResult> Replay(ReplayLetter request)
    {
        if (await store.GetAsync(request.MessageId) is not { } letter) return new ReplayResult(ReplayOutcome.NotFound, 0);
        if (letter.Status == LetterStatus.Processing) return new ReplayResult(ReplayOutcome.AlreadyProcessing, letter.Generation);
        if (letter.Status == LetterStatus.Resolved) return new ReplayResult(ReplayOutcome.AlreadyResolved, letter.Generation);
        var started = await StartAsync(letter, ReplayStart.ByOperator(request));
        return new ReplayResult(ReplayOutcome.Started, started.Generation);
    }

    public async Task<bool> Knows(MessageId messageId) => await store.GetAsync(messageId) is not null;

    public async Task<int> ReclaimStale()
    {
        var reclaimed = 0;
        foreach (var letter in await store.StuckAsync(_partition, time.GetUtcNow() - _options.StuckAfter, _options.BatchSize))
            if (await TryAsync(letter, ReclaimAsync)) reclaimed++;
        return reclaimed;
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (context.Drain.IsDraining) return;
        try
        {
            await ReclaimStale();
            await ReplayDueAsync(cancellationToken);
            await PurgeAsync();
        }
        catch (Exception exception)
        {
            metrics.DlqProcessingError();
            LogLookFailed(exception, _partition);
        }
    }

    private async Task ReplayDueAsync(CancellationToken cancellationToken)
    {
        var recovered = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var letter in await store.DueAsync(_partition, time.GetUtcNow(), _options.BatchSize))
        {
            if (context.Drain.IsDraining || cancellationToken.IsCancellationRequested) return;
            await TryAsync(letter, due => ReplayAsync(due, recovered));
        }
    }

    private async Task<bool> ReplayAsync(Letter letter, Dictionary<string, bool> recovered)
    {
        var target = TargetOf(letter);
        if (ReplaySchedule.Postpone(letter, time.GetUtcNow(), _options, await context.CalendarOfAsync(target)) is { } later)
        {
            await PutBackAsync(letter, later);
            return false;
        }

        if (letter.Strategy == ReplayStrategy.Conditional && !await HasRecoveredAsync(letter, recovered))
        {
            await PutBackAsync(letter);
            return false;
        }

        await StartAsync(letter, ReplayStart.BySchedule(letter));
        return true;
    }

    /// <summary>Looks after one letter. If that fails, the letter makes way for the others, and is looked after again later.</summary>
    private async Task<bool> TryAsync(Letter letter, Func<Letter, Task<bool>> lookAfter)
    {
        try
        {
            return await lookAfter(letter);
        }
        catch (Exception exception)
        {
            metrics.DlqProcessingError();
            LogLetterFailed(exception, letter.MessageId);
        }

        await PutBackAsync(letter);
        return false;
    }

    /// <summary>Sends a letter to the end of the line, so that letters of a sick downstream do not hold up the others.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="until">When it is due again; null for soon.</param>
    private async Task PutBackAsync(Letter letter, DateTimeOffset? until = null)
    {
        var now = time.GetUtcNow();
        var later = letter.Status == LetterStatus.Pending ? until ?? now.AddMilliseconds(_options.PollIntervalMs) : letter.NextRetryAt;
        // Where it has changed meanwhile it is not in this place any more.
        await store.PutAsync(_partition, letter with { NextRetryAt = later, UpdatedAt = now }, letter.Version);
    }

    private static string TargetOf(Letter letter) => LetterLifecycle.Edits(letter).Target ?? letter.Metadata.Target;

    /// <summary>
    /// Whether the breaker of a letter's downstream has been closed for long enough. Where nothing else is sent there it would wait half-open
    /// for ever, and the letters for it: so one letter in each look may be what it probes with.
    /// </summary>
    private async Task<bool> HasRecoveredAsync(Letter letter, Dictionary<string, bool> known)
    {
        var target = TargetOf(letter);
        if (known.TryGetValue(target, out var answer)) return answer;
        var now = time.GetUtcNow();
        var breaker = await GrainFactory.GetGrain<ICircuitBreakerGrain>(target).Look();
        if (breaker.State == BreakerState.HalfOpen && LetterLifecycle.MayProbe(letter, now, _options))
        {
            known[target] = false;
            return true;
        }

        var closedFor = now - (breaker.ClosedAt ?? DateTimeOffset.MinValue);
        answer = breaker.State == BreakerState.Closed && closedFor >= _options.ConditionalClosedFor;
        // Of a half-open one the next letter may know better: it may have waited for longer.
        if (breaker.State != BreakerState.HalfOpen) known[target] = answer;
        return answer;
    }

    /// <summary>
    /// Stores that a replay is under way, then tells the message. If that fails the letter is looked after when it has been under way for too long.
    /// </summary>
    private async Task<Letter> StartAsync(Letter letter, ReplayStart start)
    {
        var started = await StoreAsync(LetterLifecycle.StartReplay(letter, start, time.GetUtcNow(), _options), letter.Version);
        try
        {
            await SettleAsync(started, await SendAsync(started));
        }
        catch (Exception exception)
        {
            LogReplayUncertain(exception, letter.MessageId, started.Generation);
        }

        return started;
    }

    private async Task<ReplayProgress> SendAsync(Letter letter)
    {
        using var span = DlqTracing.StartReplay(letter);
        var replay = LetterLifecycle.ToReplay(letter);
        return await GrainFactory.GetGrain<IMessageGrain>(letter.MessageId.Value).Replay(replay with { Envelope = DlqTracing.Under(span, replay.Envelope) });
    }

    private async Task<bool> ReclaimAsync(Letter letter)
    {
        var progress = await GrainFactory.GetGrain<IMessageGrain>(letter.MessageId.Value).GetReplayProgress(letter.Generation);
        if (await SettleAsync(letter, progress)) return true;
        // It is all right, only slow. Having been looked at it makes way for others that may not be.
        await PutBackAsync(letter);
        return false;
    }

    /// <summary>Makes the letter agree with what its message says of the replay.</summary>
    /// <returns>Whether the letter was changed.</returns>
    private async Task<bool> SettleAsync(Letter letter, ReplayProgress progress)
    {
        var now = time.GetUtcNow();
        var next = progress switch
        {
            ReplayProgress.Delivered => LetterLifecycle.ReplayEnded(letter, letter.Generation, MessageState.Delivered, now),
            ReplayProgress.Failed => LetterLifecycle.Refused(letter, now, _options, await context.CalendarOfAsync(TargetOf(letter))),
            ReplayProgress.Unknown => LetterLifecycle.Reclaim(letter, now, _options),
            _ => null,
        };
        if (next is null) return false;
        await StoreAsync(next, letter.Version);
        TellJob(next);
        if (progress == ReplayProgress.Delivered) metrics.ReplayEnded(next);
        LogSettled(letter.MessageId, letter.Generation, next.Status);
        return true;
    }

    private async Task<Letter> StoreAsync(Letter letter, long expectedVersion)
    {
        letter = LetterActs.Settle(letter);
        if (await store.PutAsync(_partition, letter, expectedVersion) is { } version) return letter with { Version = version };
        // Another activation has had this partition meanwhile. This one leaves, and the caller tries again.
        DeactivateOnIdle();
        throw new InvalidOperationException($"The letter {letter.MessageId} was changed elsewhere; try again.");
    }

    [LoggerMessage(4001, LogLevel.Debug, "Message {MessageId} to {Target} was dead-lettered with {ErrorType}: {Status}")]
    private partial void LogAdmitted(MessageId messageId, string target, ErrorType errorType, LetterStatus status);

    [LoggerMessage(4002, LogLevel.Warning, "Replay {Generation} of letter {MessageId} was started, but its message did not answer")]
    private partial void LogReplayUncertain(Exception exception, MessageId messageId, int generation);

    [LoggerMessage(4003, LogLevel.Warning, "Replay {Generation} of letter {MessageId} had no news; the letter is now {Status}")]
    private partial void LogSettled(MessageId messageId, int generation, LetterStatus status);

    [LoggerMessage(4004, LogLevel.Warning, "Letter {MessageId} could not be looked after; it is tried again later")]
    private partial void LogLetterFailed(Exception exception, MessageId messageId);

    [LoggerMessage(4005, LogLevel.Error, "Dead-letter partition {Partition} could not look for due letters; it looks again at the next interval")]
    private partial void LogLookFailed(Exception exception, int partition);
}
