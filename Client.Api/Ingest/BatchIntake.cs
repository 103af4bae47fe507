using System.Globalization;
using DlqCluster.Api.Problems;
using DlqCluster.Messages;
using DlqCluster.Ordering;

namespace DlqCluster.Api.Ingest;

/// <summary>Accepts the messages of a batch: many at once, and those that share an idempotency key or an
/// ordering key one after the other in the batch's order.</summary>
/// <param name="intake">Accepts one.</param>
/// <param name="gate">Whether messages are accepted at all.</param>
/// <param name="logger">Where errors go.</param>
internal sealed partial class BatchIntake(MessageIntake intake, IntakeGate gate, ILogger<BatchIntake> logger)
{
    /// <summary>Accepts them.</summary>
    /// <param name="drafts">The messages.</param>
    /// <param name="batchKey">The idempotency key of the batch: a message without its own key gets this and its number as one.</param>
    /// <param name="context">What the request adds.</param>
    /// <returns>How each ended, in order.</returns>
    public async Task<IntakeResult[]> SubmitAsync(List<MessageDraft> drafts, string? batchKey, RequestContext context)
    {
        var run = new Run(drafts, batchKey, context);
        Plan(run);
        var workers = new Task[Math.Min(intake.Limits.BatchConcurrency, drafts.Count)];
        for (var i = 0; i < workers.Length; i++) workers[i] = WorkAsync(run);
        await Task.WhenAll(workers);
        return run.Results;
    }

    private void Plan(Run run)
    {
        var latest = new Dictionary<string, int>(run.Drafts.Count, StringComparer.Ordinal);
        var latestOfLane = new Dictionary<LaneName, int>();
        for (var i = 0; i < run.Drafts.Count; i++)
        {
            var draft = run.Drafts[i];
            run.Ids[i] = intake.IdOf(draft, run.KeyOf(i));
            run.After[i] = latest.TryGetValue(run.Ids[i].Value, out var earlier) ? earlier : -1;
            latest[run.Ids[i].Value] = i;
            // Order begins with accepting: of one ordering key, one is accepted after the other.
            if (draft.OrderingKey is null) continue;
            var lane = new LaneName(draft.Target, draft.OrderingKey);
            run.AfterInLane[i] = latestOfLane.GetValueOrDefault(lane, -1);
            latestOfLane[lane] = i;
        }
    }

    // Messages are taken in order, so what a message waits for has always been taken before it.
    private async Task WorkAsync(Run run)
    {
        for (var i = run.Next(); i >= 0; i = run.Next())
        {
            if (run.After[i] >= 0) await run.Ended[run.After[i]].Task;
            if (run.AfterInLane[i] >= 0) await run.Ended[run.AfterInLane[i]].Task;
            run.Results[i] = await SubmitOneAsync(run, i);
            run.Ended[i].SetResult();
        }
    }

    private async ValueTask<IntakeResult> SubmitOneAsync(Run run, int index)
    {
        try
        {
            if (gate.Refusal() is { } refusal) return new IntakeResult(null, refusal);
            var draft = run.Drafts[index];
            return await intake.SubmitAsync(draft, run.Ids[index], run.KeyOf(index) is not null, run.Context);
        }
        catch (Exception error)
        {
            // One message's trouble is not the others': they are accepted, and each item says how it went.
            if (ProblemMiddleware.FromException(error, gate.RetryAfterSeconds) is { } problem) return new IntakeResult(null, problem);
            LogUnexpected(error, index);
            return new IntakeResult(null, Problem.Internal());
        }
    }

    [LoggerMessage(1004, LogLevel.Error, "Message {Index} of a batch failed")]
    private partial void LogUnexpected(Exception error, int index);

    private sealed class Run
    {
        private readonly string? _batchKey;
        private int _next = -1;

        public Run(List<MessageDraft> drafts, string? batchKey, RequestContext context)
        {
            _batchKey = batchKey;
            Drafts = drafts;
            Context = context;
            Ids = new MessageId[drafts.Count];
            After = new int[drafts.Count];
            AfterInLane = new int[drafts.Count];
            Array.Fill(AfterInLane, -1);
            Results = new IntakeResult[drafts.Count];
            Ended = new TaskCompletionSource[drafts.Count];
            for (var i = 0; i < Ended.Length; i++) Ended[i] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        public List<MessageDraft> Drafts { get; }

        public RequestContext Context { get; }

        public MessageId[] Ids { get; }

        public int[] After { get; }

        public int[] AfterInLane { get; }

        public IntakeResult[] Results { get; }

        public TaskCompletionSource[] Ended { get; }

        public int Next()
        {
            var next = Interlocked.Increment(ref _next);
            return next < Drafts.Count ? next : -1;
        }

        public string? KeyOf(int index) =>
            Drafts[index].ClientMessageId ?? (_batchKey is null ? null : string.Create(CultureInfo.InvariantCulture, $"{_batchKey}:{index}"));
    }
}
