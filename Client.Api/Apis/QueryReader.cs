using System.Globalization;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;

namespace DlqCluster.Api.Apis;

/// <summary>Reads query parameters strictly: wrong, unknown and repeated ones are noted, each by name.</summary>
/// <param name="query">The parameters.</param>
internal sealed class QueryReader(IQueryCollection query)
{
    /// <summary>The most entries that a page may have.</summary>
    public const int MaxPageSize = 500;

    /// <summary>The last page that may be asked for.</summary>
    public const int MaxPage = 1_000_000;

    /// <summary>The most characters that a parameter may have.</summary>
    public const int MaxLength = 500;

    private readonly FieldErrors _errors = new();
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What is wrong so far.</summary>
    public FieldErrors Errors => _errors;

    /// <summary>Whether a parameter is given.</summary>
    /// <param name="name">Its name.</param>
    public bool Has(string name) => query.ContainsKey(name);

    /// <summary>Whether a parameter is given, and with nothing in it.</summary>
    /// <param name="name">Its name.</param>
    public bool IsEmpty(string name) => query.TryGetValue(name, out var values) && values.All(string.IsNullOrEmpty);

    /// <summary>Notes an error.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="error">What is wrong.</param>
    public void Refuse(string name, string error) => _errors.Add(name, error);

    /// <summary>Text; null when it is not given or empty.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="maxLength">The most characters that it may have.</param>
    public string? Text(string name, int maxLength = MaxLength)
    {
        _known.Add(name);
        if (!query.TryGetValue(name, out var values)) return null;
        var text = values.ToString();
        if (values.Count > 1) Refuse(name, "is given twice");
        else if (text.Length > maxLength) Refuse(name, $"has more than {maxLength} characters");
        else if (Texts.HasControlCharacters(text)) Refuse(name, "must not contain control characters");
        else return text.Length == 0 ? null : text;
        return null;
    }

    /// <summary>A whole number.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="otherwise">What it is when not given.</param>
    /// <param name="least">The least.</param>
    /// <param name="most">The most.</param>
    public int Whole(string name, int otherwise, int least, int most)
    {
        if (Text(name) is not { } text) return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) return value;
        Refuse(name, $"must be a whole number from {least} to {most}");
        return otherwise;
    }

    /// <summary>An RFC 3339 time.</summary>
    /// <param name="name">The parameter.</param>
    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text) return null;
        // A plus sign that was not escaped arrives as a space.
        if (JsonFields.TryParseTime(text.Replace(' ', '+'), out var value)) return value;
        Refuse(name, "must be an RFC 3339 time such as 2026-01-31T12:00:00Z");
        return null;
    }

    /// <summary>Yes or no.</summary>
    /// <param name="name">The parameter.</param>
    public bool? Flag(string name)
    {
        if (Text(name) is not { } text) return null;
        if (text is "true" or "false") return text == "true";
        Refuse(name, "must be true or false");
        return null;
    }

    /// <summary>One of an enum's names.</summary>
    /// <typeparam name="T">The enum.</typeparam>
    /// <param name="name">The parameter.</param>
    public T? OneOf<T>(string name)
        where T : struct, Enum
    {
        if (Text(name) is not { } text) return null;
        if (JsonNames<T>.Values.TryGetValue(text, out var value)) return value;
        Refuse(name, "must be one of " + string.Join(", ", JsonNames<T>.Names.OrderBy(pair => pair.Key).Select(pair => pair.Value)));
        return null;
    }

    /// <summary>The page that is asked for.</summary>
    /// <param name="pageSize">Entries a page when not given.</param>
    public (int Page, int PageSize) Page(int pageSize) => (Whole("page", 1, 1, MaxPage), Whole("pageSize", pageSize, 1, MaxPageSize));

    /// <summary>What was wrong, now that all parameters have been read; null when nothing was.</summary>
    public ApiProblem? Finish()
    {
        foreach (var name in query.Keys)
        {
            if (!_known.Contains(name)) Refuse(name, "is not a parameter here");
        }

        return _errors.IsEmpty ? null : Problem.Invalid(_errors);
    }
}
