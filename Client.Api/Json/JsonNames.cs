using System.Collections.Frozen;
using System.Text.Json;

namespace DlqCluster.Api.Json;

/// <summary>The names of enum values as they stand in JSON, for use in texts and query parameters.</summary>
internal static class JsonNames
{
    /// <summary>The name of a value; <c>unknown</c> for null.</summary>
    /// <typeparam name="T">The enum.</typeparam>
    /// <param name="value">The value.</param>
    public static string Of<T>(T? value)
        where T : struct, Enum => value is null ? "unknown" : JsonNames<T>.Names[value.Value];
}

/// <summary>The names of one enum's values, both ways.</summary>
/// <typeparam name="T">The enum.</typeparam>
internal static class JsonNames<T>
    where T : struct, Enum
{
    /// <summary>Value to name.</summary>
    public static FrozenDictionary<T, string> Names { get; } = Enum.GetValues<T>().ToFrozenDictionary(value => value, Name);

    /// <summary>Name to value.</summary>
    public static FrozenDictionary<string, T> Values { get; } = Names.ToFrozenDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    // An enum that never crosses as JSON has no names of its own there.
    private static string Name(T value) =>
        ApiJson.Context.GetTypeInfo(typeof(T)) is { } type
            ? JsonSerializer.Serialize(value, type).Trim('"')
            : JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
