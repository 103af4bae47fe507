using DlqCluster.Api.Ingest;
using DlqCluster.Api.Problems;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Api.Json;

/// <summary>Which letters, in a request's body: the members have the names and meanings of the query parameters of <c>GET /api/dlq</c>.</summary>
/// <param name="Status">With this status.</param>
/// <param name="ErrorType">With this error type.</param>
/// <param name="Source">From this source.</param>
/// <param name="Target">To this downstream.</param>
/// <param name="Tag">With this label.</param>
/// <param name="Fingerprint">With this fingerprint.</param>
/// <param name="From">Dead-lettered at or after this.</param>
/// <param name="To">Dead-lettered before this.</param>
/// <param name="Q">With these words.</param>
internal sealed record LetterFilterRequest(
    LetterStatus? Status = null,
    ErrorType? ErrorType = null,
    string? Source = null,
    string? Target = null,
    string? Tag = null,
    string? Fingerprint = null,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null,
    string? Q = null)
{
    private const int MaxSearchLength = 500;

    /// <summary>Notes what is wrong.</summary>
    /// <param name="path">What the members' names begin with, such as <c>filter.</c>.</param>
    /// <param name="rules">Limits of text.</param>
    /// <param name="errors">Where to.</param>
    public void Check(string path, MessageRules rules, FieldErrors errors)
    {
        (string Name, string? Text)[] texts = [("source", Source), ("target", Target), ("tag", Tag), ("fingerprint", Fingerprint)];
        foreach (var (name, text) in texts)
        {
            if (text is not null && rules.TextError(text) is { } error) errors.Add(path + name, error);
        }

        if (Q?.Length > MaxSearchLength) errors.Add(path + "q", $"has more than {MaxSearchLength} characters");
        if (From >= To) errors.Add(path + "to", "must be after from");
    }

    /// <summary>As the stores take it.</summary>
    public LetterFilter ToFilter() => new()
    {
        Status = Status,
        ErrorType = ErrorType,
        Source = Source,
        Target = Target,
        Tag = Tag,
        Fingerprint = Fingerprint,
        From = From,
        To = To,
        Text = string.IsNullOrWhiteSpace(Q) ? null : Q,
    };

    /// <summary>In one line, for people.</summary>
    public override string ToString()
    {
        (string Name, object? Value)[] members =
        [
            ("status", Status is null ? null : JsonNames.Of(Status)), ("errorType", ErrorType is null ? null : JsonNames.Of(ErrorType)),
            ("source", Source), ("target", Target), ("tag", Tag), ("fingerprint", Fingerprint), ("from", From?.ToString("O")), ("to", To?.ToString("O")), ("q", Q),
        ];
        var given = members.Where(static member => member.Value is not null).Select(static member => $"{member.Name}={member.Value}").ToArray();
        return given.Length == 0 ? "all letters" : string.Join(' ', given);
    }
}

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
