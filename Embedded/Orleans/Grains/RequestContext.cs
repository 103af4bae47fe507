namespace Orleans.Runtime;

/// <summary>Named values that travel with a call, and with the calls that it makes.</summary>
public static class RequestContext
{
    private static readonly AsyncLocal<Dictionary<string, object>?> _values = new();

    /// <summary>The names.</summary>
    public static IEnumerable<string> Keys => _values.Value?.Keys ?? Enumerable.Empty<string>();

    /// <summary>Names and values.</summary>
    public static IEnumerable<KeyValuePair<string, object>> Entries => _values.Value ?? Enumerable.Empty<KeyValuePair<string, object>>();

    /// <summary>The values as they are now. A set of values never changes; setting one makes another set.</summary>
    internal static Dictionary<string, object>? Current => _values.Value;

    /// <summary>Gets a value.</summary>
    /// <param name="key">Its name.</param>
    /// <returns>Null when there is none.</returns>
    public static object? Get(string key) => _values.Value?.GetValueOrDefault(key);

    /// <summary>Sets a value for the calls that follow.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="value">The value.</param>
    public static void Set(string key, object value) =>
        _values.Value = new Dictionary<string, object>(_values.Value ?? []) { [key] = value };

    /// <summary>Removes a value.</summary>
    /// <param name="key">Its name.</param>
    /// <returns>False when there was none.</returns>
    public static bool Remove(string key)
    {
        if (_values.Value is not { } values || !values.ContainsKey(key)) return false;
        var left = new Dictionary<string, object>(values);
        left.Remove(key);
        _values.Value = left.Count == 0 ? null : left;
        return true;
    }

    /// <summary>Removes all values.</summary>
    public static void Clear()
    {
        if (_values.Value is not null) _values.Value = null;
    }

    /// <summary>Makes the values of a request those of the turn that runs it.</summary>
    /// <param name="values">The values.</param>
    internal static void Restore(Dictionary<string, object>? values)
    {
        if (!ReferenceEquals(_values.Value, values)) _values.Value = values;
    }
}
