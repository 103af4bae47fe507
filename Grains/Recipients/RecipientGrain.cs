using DlqCluster.Hosting;
using DlqCluster.Messages;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DlqCluster.Recipients;

/// <summary>
/// One recipient. Whether a notification may be sent is asked here each time that it is about to be; those that are held back are noted, so
/// that a change of preferences reaches them at once.
/// </summary>
[GrainType("recipient"), CollectionAgeLimit(Minutes = 5)]
internal sealed partial class RecipientGrain(
    [PersistentState("recipient", DlqGrains.RecipientStorage)] IPersistentState<RecipientRecord> stored,
    IOptions<NotificationOptions> options,
    TimeProvider time,
    ILogger<RecipientGrain> logger) : Grain, IRecipientGrain
{
    /// <summary>How many notifications are told at once.</summary>
    private const int TellBatch = 100;

    private bool _isStale;

    public async Task<RecipientPreferences> Get()
    {
        await RefreshAsync();
        return stored.State.Preferences;
    }

    public async Task Set(RecipientPreferences preferences)
    {
        await RefreshAsync();
        var held = stored.State.Held;
        await WriteAsync(new RecipientRecord { Preferences = preferences });
        // Whoever is still held back when it asks anew is noted anew.
        foreach (var batch in held.Chunk(TellBatch)) await Task.WhenAll(batch.Select(note => TellAsync(note.MessageId)));
    }

    public async Task<NoticeVerdict> Ask(NoticeQuestion question)
    {
        await RefreshAsync();
        var now = time.GetUtcNow();
        var verdict = NoticeRule.Decide(stored.State.Preferences, question, now);
        if (verdict.Hold is { } hold) await NoteAsync(new HeldNotice(question.MessageId, hold.Until), now);
        return verdict;
    }

    /// <summary>Notes one that is held back, if there is room.</summary>
    private async Task NoteAsync(HeldNotice notice, DateTimeOffset now)
    {
        var held = stored.State.Held;
        if (held.Contains(notice)) return;
        // Those whose time is over have asked since, or will.
        var others = held.Where(note => note.Until > now && note.MessageId != notice.MessageId).ToArray();
        if (others.Length >= options.Value.MaxHeldTracked) return;
        await WriteAsync(stored.State with { Held = [.. others, notice] });
    }

    private async Task TellAsync(MessageId id)
    {
        try
        {
            await GrainFactory.GetGrain<IMessageGrain>(id.Value).PreferencesChanged();
        }
        catch (Exception exception)
        {
            LogNotTold(exception, id);
        }
    }

    private async Task RefreshAsync()
    {
        if (!_isStale) return;
        await stored.ReadStateAsync();
        _isStale = false;
    }

    private async Task WriteAsync(RecipientRecord next)
    {
        var previous = stored.State;
        try
        {
            stored.State = next;
            await stored.WriteStateAsync();
        }
        catch
        {
            // It may have been stored all the same.
            stored.State = previous;
            _isStale = true;
            throw;
        }
    }

    [LoggerMessage(2301, LogLevel.Warning, "Notification {MessageId} was not told that its recipient's preferences changed; it asks for itself later")]
    private partial void LogNotTold(Exception exception, MessageId messageId);
}
