using System.Net.Sockets;
using System.Reflection;
using System.Text.RegularExpressions;
using DlqCluster.Api.Settings;
using DlqCluster.Hosting;
using DlqCluster.Silo.Configuration;
using DlqCluster.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace DlqCluster.Silo;

/// <summary>Says in words why the program does not start, naming the setting and its value.</summary>
internal static partial class StartupProblem
{
    private const string Prefix = "Cannot start: ";
    private const string SectionField = "Section";

    /// <summary>The message.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="configuration">The configuration, as far as it came to be.</param>
    public static string Describe(Exception error, IConfiguration? configuration)
    {
        var text = error switch
        {
            OptionsValidationException invalid =>
                string.Join(Environment.NewLine, invalid.Failures.Select(failure => Explain(failure, invalid.OptionsType, configuration))),
            AggregateException { InnerExceptions: [var inner, ..] } => Describe(inner, configuration)[Prefix.Length..],
            _ when Find<InvalidConfigurationException>(error) is { } invalid => invalid.Message,
            _ when Find<StorageUnavailableException>(error) is { } unavailable => unavailable.Message,
            _ when Find<AddressInUseException>(error) is not null =>
                PortProblem(configuration, "is in use by another program. Stop that one, or choose another port"),
            _ when Find<SocketException>(error) is { } socket =>
                PortProblem(configuration, $"cannot be listened on ({socket.Message}). Choose another port or address"),
            _ when Find<OperationCanceledException>(error) is { } brokenOff =>
                $"it was broken off, or took too long ({brokenOff.Message}). The lines above say what it waited for.",
            _ when Conversion().Match(error.Message) is { Success: true } match =>
                $"{match.Groups["key"].Value} is '{match.Groups["value"].Value}', which is no {Kind(match.Groups["type"].Value)}."
                + SourceOf(configuration, match.Groups["key"].Value),
            _ => Innermost(error),
        };
        return Prefix + SettingAliases.Name(text);
    }

    private static string PortProblem(IConfiguration? configuration, string what) =>
        $"Http:Port {configuration?[HttpSettings.PortKey] ?? HttpSettings.DefaultPort} on "
        + $"{configuration?[HttpSettings.AddressKey] ?? HttpSettings.DefaultAddress} {what}.";

    private static string Explain(string failure, Type options, IConfiguration? configuration)
    {
        if (Annotation().Match(failure) is not { Success: true } match) return failure;
        var section = options.GetField(SectionField, BindingFlags.Public | BindingFlags.Static)?.GetValue(null);
        var key = $"{section}:{match.Groups["member"].Value}";
        // A validation that says it all by itself needs no more; a secret must not be shown.
        var error = match.Groups["error"].Value;
        return (error.Contains(key, StringComparison.Ordinal) ? error : $"{key} is '{configuration?[key]}'. {error}") + SourceOf(configuration, key);
    }

    private static string SourceOf(IConfiguration? configuration, string key) =>
        configuration is null || SettingOrigins.Of(configuration, key) is var source && source == SettingOrigins.Default ? "" : $" It comes from the {source}.";

    private static T? Find<T>(Exception? error)
        where T : Exception => error is null or T ? (T?)error : Find<T>(error.InnerException);

    // The configuration binder says the setting and the value outside, and inside why the value does not do.
    private static string Innermost(Exception error) =>
        error is InvalidOperationException { InnerException: FormatException or ArgumentException or OverflowException }
            ? error.Message
            : $"{error.Message} ({error.GetType().Name})";

    private static string Kind(string type) => type.Split('.')[^1] switch
    {
        "Int32" or "Int64" => "whole number",
        "Double" => "number",
        "Boolean" => "true or false",
        "TimeSpan" => "length of time such as 00:01:30 or 7.00:00:00",
        "TimeOnly" => "time of day such as 02:00",
        var other => other,
    };

    [GeneratedRegex(@"^Failed to convert configuration value '(?<value>.*)' at '(?<key>[^']*)' to type '(?<type>[^']*)'", RegexOptions.Singleline)]
    private static partial Regex Conversion();

    [GeneratedRegex(@"^DataAnnotation validation failed for '[^']*' members: '(?<member>[^',]*)[^']*' with the error: '(?<error>.*)'\.$", RegexOptions.Singleline)]
    private static partial Regex Annotation();
}
