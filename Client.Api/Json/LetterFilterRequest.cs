using DlqCluster.Api.Apis;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Problems;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Api.Json;

/// <summary>
/// Which letters: of a list, an export, a replay job or a discard, in a query or in a body, with the same members and the same checks. What
/// is left out is no condition. What is there and says nothing is refused, because it would mean all letters.
/// </summary>
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
    private const string IsEmpty = "must not be empty; leave it out for no condition";

    private static readonly string[] _names = ["status", "errorType", "source", "target", "tag", "fingerprint", "from", "to", "q"];

    /// <summary>Reads a filter from a query, and notes there what is wrong with it.</summary>
    /// <param name="query">The parameters.</param>
    /// <param name="rules">Limits of text.</param>
    public static LetterFilterRequest Read(QueryReader query, MessageRules rules)
    {
        foreach (var name in _names)
        {
            if (query.IsEmpty(name)) query.Refuse(name, IsEmpty);
        }

        var filter = new LetterFilterRequest(
            query.OneOf<LetterStatus>("status"),
            query.OneOf<ErrorType>("errorType"),
            query.Text("source", rules.Limits.MaxFieldLength),
            query.Text("target", rules.Limits.MaxFieldLength),
            query.Text("tag", rules.Limits.MaxFieldLength),
            query.Text("fingerprint", rules.Limits.MaxFieldLength),
            query.Time("from"),
            query.Time("to"),
            query.Text("q", MaxSearchLength));
        filter.Check("", rules, query.Errors);
        return filter;
    }

    /// <summary>Notes what is wrong.</summary>
    /// <param name="path">What the members' names begin with, such as <c>filter.</c>.</param>
    /// <param name="rules">Limits of text.</param>
    /// <param name="errors">Where to.</param>
    public void Check(string path, MessageRules rules, FieldErrors errors)
    {
        (string Name, string? Text)[] texts = [("source", Source), ("target", Target), ("tag", Tag), ("fingerprint", Fingerprint)];
        foreach (var (name, text) in texts)
        {
            if (text?.Length == 0) errors.Add(path + name, IsEmpty);
            else if (text is not null && rules.TextError(text) is { } error) errors.Add(path + name, error);
        }

        if (Q is not null && SearchError(Q) is { } wrong) errors.Add(path + "q", wrong);
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
        Text = Q,
    };

    /// <summary>In one line, for people.</summary>
    public override string ToString()
    {
        object?[] values =
        [
            Status is null ? null : JsonNames.Of(Status), ErrorType is null ? null : JsonNames.Of(ErrorType), Source, Target, Tag, Fingerprint,
            From?.ToString("O"), To?.ToString("O"), Q,
        ];
        var given = _names.Zip(values).Where(static member => member.Second is not null).Select(static member => $"{member.First}={member.Second}").ToArray();
        return given.Length == 0 ? "all letters" : string.Join(' ', given);
    }

    private static string? SearchError(string search)
    {
        if (search.Length == 0) return IsEmpty;
        if (search.Length > MaxSearchLength) return $"has more than {MaxSearchLength} characters";
        if (Texts.HasControlCharacters(search)) return "must not contain control characters";
        // To the stores a search without a word is no condition.
        return LetterWords.Split(search).Any() ? null : "must have a letter or a digit";
    }
}
