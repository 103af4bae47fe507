using DlqCluster.Replays;
using Microsoft.Extensions.Logging;

namespace DlqCluster.DeadLetters;

/// <summary>What a partition does for replay jobs.</summary>
internal sealed partial class DlqPartitionGrain
{
    private readonly Dictionary<string, List<JobLetter>> _news = new(StringComparer.Ordinal);
    private Task? _telling;

    public async Task<IReadOnlyList<JobLetter>> ReplayForJob(JobLetters job) =>
        await Task.WhenAll(job.Letters.Select(id => ReplayForJobAsync(job, id)));

    public async Task<IReadOnlyList<JobLetter>> AskForJob(JobLetters job) =>
        await Task.WhenAll(job.Letters.Select(id => AskForJobAsync(job, id)));

    private async Task<JobLetter> AskForJobAsync(JobLetters job, Messages.MessageId id)
    {
        var letter = await store.GetAsync(id);
        var outcome = LetterLifecycle.ForJob(letter, job.JobId, job.SelectedAt);
        if (outcome != JobLetterOutcome.UnderWay) return new JobLetter(id, outcome);
        // A crash may have come between storing that it is under way and telling the message, or the message's news may have got lost.
        var progress = await GrainFactory.GetGrain<Messages.IMessageGrain>(id.Value).GetReplayProgress(letter!.Generation);
        if (progress == Messages.ReplayProgress.Unknown) progress = await SendAsync(letter);
        await SettleAsync(letter, progress);
        return new JobLetter(id, outcome);
    }

    private async Task<JobLetter> ReplayForJobAsync(JobLetters job, Messages.MessageId id)
    {
        try
        {
            var letter = await store.GetAsync(id);
            var outcome = LetterLifecycle.ForJob(letter, job.JobId, job.SelectedAt);
            if (outcome != JobLetterOutcome.NotStarted || context.Drain.IsDraining) return new JobLetter(id, outcome);
            await StartAsync(letter!, ReplayStart.ByJob(letter!, job));
            return new JobLetter(id, JobLetterOutcome.UnderWay);
        }
        catch (Exception exception)
        {
            LogJobLetterFailed(exception, id, job.JobId);
            return new JobLetter(id, JobLetterOutcome.Unknown);
        }
    }

    /// <summary>Tells a replay job that its replay of a letter has ended. News that gets lost the job asks for.</summary>
    private void TellJob(Letter letter)
    {
        if (letter.ReplayAttempts is not [.., { JobId: { } job, Delivered: { } delivered }]) return;
        if (!_news.TryGetValue(job, out var letters)) _news[job] = letters = [];
        letters.Add(new JobLetter(letter.MessageId, delivered ? JobLetterOutcome.Delivered : JobLetterOutcome.Failed));
        // Not within this turn: the job may just be waiting for this partition.
        if (_telling is null or { IsCompleted: true }) _telling = TellJobsAsync();
    }

    private async Task TellJobsAsync()
    {
        await Task.Yield();
        while (_news.Count > 0)
        {
            var (job, letters) = _news.First();
            _news.Remove(job);
            try
            {
                await GrainFactory.GetGrain<IReplayJobGrain>(job).Ended(letters);
            }
            catch (Exception exception)
            {
                LogJobDeaf(exception, job, letters.Count);
            }
        }
    }

    [LoggerMessage(4006, LogLevel.Warning, "Letter {MessageId} could not be replayed for replay job {Job}, which tries again")]
    private partial void LogJobLetterFailed(Exception exception, Messages.MessageId messageId, string job);

    [LoggerMessage(4007, LogLevel.Warning, "Replay job {Job} did not hear that {Count} of its replays ended; it will ask")]
    private partial void LogJobDeaf(Exception exception, string job, int count);
}
