using DlqCluster.DeadLetters;

namespace DlqCluster.Api.Json;

/// <summary>Says why.</summary>
/// <param name="Reason">Why.</param>
internal sealed record ReasonRequest(string? Reason = null);

/// <summary>Adds a note.</summary>
/// <param name="Text">The note.</param>
internal sealed record NoteRequest(string? Text = null);

/// <summary>Asks to discard the letters that match a filter.</summary>
/// <param name="Filter">Which.</param>
/// <param name="Reason">Why.</param>
/// <param name="AsOf">The moment of the decision; null for now. Letters that came, or failed again, after it are left alone.</param>
/// <param name="Cursor">The <c>nextCursor</c> of the answer before.</param>
/// <param name="DryRun">Only say how many match.</param>
internal sealed record DiscardRequest(
    LetterFilterRequest? Filter = null, string? Reason = null, DateTimeOffset? AsOf = null, string? Cursor = null, bool DryRun = false);

/// <summary>Letters were discarded.</summary>
/// <param name="AsOf">The moment of the decision: send it with the next request.</param>
/// <param name="DryRun">Whether nothing was changed.</param>
/// <param name="Matched">How many letters matched the filter when this request began.</param>
/// <param name="Discarded">How many this request discarded.</param>
/// <param name="Skipped">How many it left alone: under replay, resolved, or failed again since the decision.</param>
/// <param name="Failed">How many could not be stored: ask again.</param>
/// <param name="NextCursor">Where to go on; null when all have been seen.</param>
internal sealed record DiscardAnswer(
    DateTimeOffset AsOf, bool DryRun, long Matched, long Discarded, long Skipped, long Failed, string? NextCursor);

/// <summary>Changes what people say of a group; what is null stays as it is.</summary>
/// <param name="Owner">Who looks after it; empty for nobody.</param>
/// <param name="Note">What is known of it; empty for nothing.</param>
/// <param name="Muted">Whether nobody wants to hear of it.</param>
/// <param name="Resolved">Whether its cause is gone.</param>
/// <param name="Reason">Why.</param>
internal sealed record GroupChangeRequest(string? Owner = null, string? Note = null, bool? Muted = null, bool? Resolved = null, string? Reason = null)
{
    /// <summary>What people say of the group afterwards.</summary>
    /// <param name="mark">What they say now.</param>
    /// <param name="by">Who changes it.</param>
    /// <param name="now">The time.</param>
    public LetterGroupMark Apply(LetterGroupMark mark, string by, DateTimeOffset now) => mark with
    {
        Owner = Changed(mark.Owner, Owner),
        Note = Changed(mark.Note, Note),
        Muted = Muted ?? mark.Muted,
        // Said again, it counts from now: what has come back since is then known.
        ResolvedAt = Resolved is null ? mark.ResolvedAt : Resolved.Value ? now : null,
        ChangedBy = by,
        ChangedAt = now,
    };

    private static string? Changed(string? now, string? next) => next is null ? now : next.Length == 0 ? null : next;
}

/// <summary>A line of an import that was not taken in.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Error">What is wrong with it.</param>
internal sealed record ImportError(long Line, string Error);

/// <summary>Letters were imported.</summary>
/// <param name="Imported">How many are new here.</param>
/// <param name="Unchanged">How many were there already.</param>
/// <param name="Failed">How many lines were not taken in.</param>
/// <param name="Errors">The first hundred of these.</param>
internal sealed record ImportAnswer(long Imported, long Unchanged, long Failed, IReadOnlyList<ImportError> Errors);
