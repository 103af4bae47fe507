using System.Reflection;
using System.Text.Json.Serialization;

namespace DlqCluster.Cluster.Mongo;

/// <summary>The names of an enumeration's values as they stand in JSON, and so in the store as well.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
internal static class EnumNames<T>
    where T : struct, Enum
{
    private static readonly Dictionary<T, string> _names = Enum.GetValues<T>().ToDictionary(static value => value, static value =>
        typeof(T).GetField(value.ToString())!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? value.ToString());

    private static readonly Dictionary<string, T> _values = _names.ToDictionary(static pair => pair.Value, static pair => pair.Key);

    /// <summary>A value's name.</summary>
    public static string Of(T value) => _names[value];

    /// <summary>The value of a name; of none, the default.</summary>
    /// <exception cref="FormatException">No value has that name, as when a newer version wrote it.</exception>
    public static T Read(string? name)
    {
        if (name is null) return default;
        return _values.TryGetValue(name, out var value) ? value : throw new FormatException($"'{name}' is not a {typeof(T).Name}.");
    }
}
