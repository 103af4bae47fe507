namespace DlqCluster.Api.Problems;

/// <summary>What is wrong with a request, field by field. Bounded, because the names come from the client.</summary>
internal sealed class FieldErrors
{
    private const int MaxFields = 32;
    private const int MaxNameLength = 64;
    private const int MaxErrorsPerField = 8;

    private readonly Dictionary<string, string[]> _errors = new(StringComparer.Ordinal);

    /// <summary>The errors by field.</summary>
    public IReadOnlyDictionary<string, string[]> ByField => _errors;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _errors.Count == 0;

    /// <summary>Adds an error.</summary>
    /// <param name="field">The field's name as the client knows it.</param>
    /// <param name="error">What is wrong with it.</param>
    public void Add(string field, string error)
    {
        if (field.Length > MaxNameLength) field = field[..MaxNameLength] + "…";
        if (!_errors.TryGetValue(field, out var known))
        {
            if (_errors.Count < MaxFields) _errors[field] = [error];
        }
        else if (known.Length < MaxErrorsPerField)
        {
            _errors[field] = [.. known, error];
        }
    }

    /// <summary>Adds all errors of a map.</summary>
    /// <param name="errors">The map.</param>
    public void AddRange(IReadOnlyDictionary<string, string[]> errors)
    {
        foreach (var (field, texts) in errors)
        {
            foreach (var text in texts) Add(field, text);
        }
    }
}
