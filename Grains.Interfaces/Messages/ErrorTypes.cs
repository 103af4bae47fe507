using System.Collections.Frozen;

namespace DlqCluster.Messages;

/// <summary>The names of error types as they stand in JSON, configuration and metrics.</summary>
public static class ErrorTypes
{
    private static readonly string[] _names =
        ["UNKNOWN_ERROR", "TIMEOUT_ERROR", "NETWORK_ERROR", "RATE_LIMITED", "SERVER_ERROR", "CLIENT_ERROR", "VALIDATION_ERROR"];

    private static readonly FrozenDictionary<string, ErrorType> _types =
        Enum.GetValues<ErrorType>().ToFrozenDictionary(Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The name of an error type, such as <c>TIMEOUT_ERROR</c>.</summary>
    /// <param name="type">The error type.</param>
    public static string Name(ErrorType type) => _names[(int)type];

    /// <summary>Reads a name, in any case.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The error type.</param>
    /// <returns>False when there is no such error type.</returns>
    public static bool TryParse(string name, out ErrorType type) => _types.TryGetValue(name, out type);
}
