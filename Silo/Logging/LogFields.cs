using Microsoft.Extensions.Logging.Abstractions;

namespace DlqCluster.Silo.Logging;

/// <summary>What a log entry says beside its text: its own values and those of the scopes around it, each name once.</summary>
internal static class LogFields
{
    private const string Template = "{OriginalFormat}";

    /// <summary>The entry's values first, then those of the innermost scope, and so on outwards; names begin with a small letter.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="scopes">The scopes.</param>
    /// <param name="taken">Names that are taken already; those found are added.</param>
    public static List<KeyValuePair<string, object?>> Of<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, HashSet<string> taken)
    {
        var fields = new List<KeyValuePair<string, object?>>();
        if (entry.State is IEnumerable<KeyValuePair<string, object?>> own) Add(own, fields, taken);
        var outwards = new List<IEnumerable<KeyValuePair<string, object?>>>();
        scopes?.ForEachScope(
            static (scope, list) =>
            {
                if (scope is IEnumerable<KeyValuePair<string, object?>> values) list.Insert(0, values);
            },
            outwards);
        foreach (var scope in outwards) Add(scope, fields, taken);
        return fields;
    }

    /// <summary>The name of an event: that of its log method.</summary>
    /// <param name="id">The event.</param>
    public static string? NameOf(EventId id) => id.Name is { Length: > 3 } name && name.StartsWith("Log", StringComparison.Ordinal) ? name[3..] : id.Name;

    /// <summary>
    /// An exception with its stack. One that many callers share is thrown anew by each, and asked for its stack meanwhile it may throw: it
    /// then says its type and message.
    /// </summary>
    /// <param name="exception">The exception.</param>
    public static string TextOf(Exception exception)
    {
        try
        {
            return exception.ToString();
        }
        catch (Exception)
        {
            return $"{exception.GetType()}: {exception.Message}";
        }
    }

    private static void Add(IEnumerable<KeyValuePair<string, object?>> values, List<KeyValuePair<string, object?>> fields, HashSet<string> taken)
    {
        foreach (var (name, value) in values)
        {
            if (value is null || name.Length == 0 || name == Template) continue;
            var field = char.ToLowerInvariant(name[0]) + name[1..];
            if (taken.Add(field)) fields.Add(new(field, value));
        }
    }
}
