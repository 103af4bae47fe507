using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Messages;

namespace DlqCluster.Api.DeadLetters;

/// <summary>Carries out what people do with letters, by the partitions that own them.</summary>
/// <param name="letters">The letters.</param>
/// <param name="grains">The partitions and the messages.</param>
/// <param name="partitions">How many partitions there are.</param>
/// <param name="dlq">Limits.</param>
/// <param name="rules">Limits of text.</param>
/// <param name="time">The clock.</param>
internal sealed class LetterDesk(
    IDeadLetterStore letters,
    IGrainFactory grains,
    IOptions<PartitionOptions> partitions,
    IOptions<DlqOptions> dlq,
    MessageRules rules,
    TimeProvider time)
{
    private const int RetryAfterSeconds = 5;

    /// <summary>Limits of text.</summary>
    public MessageRules Rules => rules;

    /// <summary>The time.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>One letter with its whole story; null when there is none.</summary>
    /// <param name="id">The letter.</param>
    public async Task<LetterAnswer?> FindAsync(MessageId id)
    {
        if (await letters.GetAsync(id) is not { } letter) return null;
        // The attempts of a replay that is under way, or that was the last, are the message's; it may have been forgotten.
        var message = letter.Generation == 0 ? null : await grains.GetGrain<IMessageGrain>(id.Value).Get();
        return LetterAnswer.From(letter, LetterHistory.Merge(letter.Attempts, message?.Attempts ?? []));
    }

    /// <summary>Does something with letters.</summary>
    /// <param name="act">What, and which; each letter once.</param>
    /// <returns>How it ended for each letter, in order.</returns>
    public async Task<IReadOnlyList<LetterActOutcome>> ApplyAsync(LetterAct act)
    {
        var places = act.MessageIds.Select((id, index) => (Id: id, Index: index)).ToLookup(item => item.Id.Partition(partitions.Value.Count));
        var outcomes = new LetterActOutcome[act.MessageIds.Count];
        await Task.WhenAll(places.Select(async partition =>
        {
            var part = act with { MessageIds = [.. partition.Select(item => item.Id)] };
            var answers = await grains.GetGrain<IDlqPartitionGrain>(partition.Key).Apply(part);
            foreach (var (item, answer) in partition.Zip(answers)) outcomes[item.Index] = answer;
        }));
        return outcomes;
    }

    /// <summary>
    /// Discards letters that match a filter: those that were dead-lettered before the moment of the decision and have not failed again since,
    /// oldest first, at most <c>Dlq:MaxBatchDiscard</c> of them. What it has done is done; asking again with the cursor, or from the
    /// start with the same moment, goes on.
    /// </summary>
    /// <param name="request">Which, and why.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="cancellationToken">Ends it between two pages.</param>
    /// <exception cref="ArgumentException">The cursor does not belong to the filter.</exception>
    public async Task<DiscardAnswer> DiscardAsync(DiscardRequest request, string by, CancellationToken cancellationToken)
    {
        var asOf = request.AsOf ?? Now;
        // A moment is a millisecond to the stores; everything of this one counts.
        var end = DateTimeOffset.FromUnixTimeMilliseconds(asOf.ToUnixTimeMilliseconds() + 1);
        var filter = request.Filter!.ToFilter();
        var query = new LetterQuery
        {
            Filter = filter with { To = filter.To < end ? filter.To : end },
            Descending = false,
            PageSize = Math.Min(LetterAct.MaxLetters, dlq.Value.MaxBatchDiscard),
            Cursor = request.Cursor,
        };
        var page = await letters.QueryAsync(query);
        var answer = new DiscardAnswer(asOf, request.DryRun, page.Total, 0, 0, 0, request.DryRun ? null : page.NextCursor);
        if (request.DryRun) return answer;
        var seen = 0;
        while (true)
        {
            var ids = page.Letters.Where(letter => letter.Status != LetterStatus.Resolved).Select(letter => letter.MessageId).ToList();
            var outcomes = await ApplyAsync(new LetterAct(LetterActKind.Discard, ids, by, request.Reason, asOf));
            seen += page.Letters.Count;
            answer = answer with
            {
                Discarded = answer.Discarded + outcomes.Count(outcome => outcome == LetterActOutcome.Done),
                Skipped = answer.Skipped + page.Letters.Count - ids.Count + outcomes.Count(outcome => outcome is not (LetterActOutcome.Done or LetterActOutcome.NotStored)),
                Failed = answer.Failed + outcomes.Count(outcome => outcome == LetterActOutcome.NotStored),
                NextCursor = page.NextCursor,
            };
            if (page.NextCursor is null || seen >= dlq.Value.MaxBatchDiscard || cancellationToken.IsCancellationRequested) return answer;
            page = await letters.QueryAsync(query with { Cursor = page.NextCursor });
        }
    }

    /// <summary>What to say when a partition could not store a letter.</summary>
    public static ApiProblem NotStored() => Problem.Unavailable("storage-unavailable", "The letter could not be stored", RetryAfterSeconds);
}
