using DlqCluster.Messages;
using DlqCluster.Ordering;

namespace DlqCluster.DeadLetters;

/// <summary>What people do with letters beside replaying them. Many letters of one request are stored together, so that they share commits.</summary>
internal sealed partial class DlqPartitionGrain
{
    public async Task<IReadOnlyList<LetterActOutcome>> Apply(LetterAct act)
    {
        Verify(act.MessageIds.Count);
        return await Task.WhenAll(act.MessageIds.Select(id => ApplyAsync(id, act)));
    }

    public async Task<IReadOnlyList<LetterActOutcome>> Import(ImportLetters import)
    {
        Verify(import.Letters.Count);
        return await Task.WhenAll(import.Letters.Select(letter => ImportAsync(letter, import)));
    }

    private static void Verify(int letters)
    {
        if (letters > LetterAct.MaxLetters) throw new ArgumentException($"At most {LetterAct.MaxLetters} letters can be asked about at once.");
    }

    private async Task<LetterActOutcome> ApplyAsync(MessageId id, LetterAct act)
    {
        try
        {
            var known = await store.GetAsync(id);
            var (outcome, next) = LetterActs.Decide(known, act, time.GetUtcNow(), _options);
            if (next is null) return outcome;
            await StoreAsync(next, known!.Version);
            if (act.Kind == LetterActKind.Discard) metrics.LetterDiscarded();
            if (next is { Resolution: LetterResolution.Discarded, OriginalMessage.OrderingKey: { } key }) await FreeLanesAsync(next, key);
            return outcome;
        }
        catch (Exception exception)
        {
            LogLetterFailed(exception, id);
            return LetterActOutcome.NotStored;
        }
    }

    /// <summary>Later messages of its key may be waiting behind it, where it was meant to go or where an edit sent it.</summary>
    private async Task FreeLanesAsync(Letter letter, string key)
    {
        var edited = LetterLifecycle.Edits(letter).Target;
        await GrainFactory.GetGrain<IOrderingLaneGrain>(new LaneName(letter.OriginalMessage.Target, key).ToString()).Check();
        if (edited is not null) await GrainFactory.GetGrain<IOrderingLaneGrain>(new LaneName(edited, key).ToString()).Check();
    }

    private async Task<LetterActOutcome> ImportAsync(Letter letter, ImportLetters import)
    {
        try
        {
            if (await store.GetAsync(letter.MessageId) is not null) return LetterActOutcome.AlreadyThere;
            await StoreAsync(LetterActs.Import(letter, import.By, import.Reason, time.GetUtcNow(), _options), 0);
            return LetterActOutcome.Done;
        }
        catch (Exception exception)
        {
            LogLetterFailed(exception, letter.MessageId);
            return LetterActOutcome.NotStored;
        }
    }
}
