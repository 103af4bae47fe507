using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DlqCluster.Messages;

namespace DlqCluster.Api.Json;

/// <summary>The one JSON configuration of the API: camelCase, strict on what comes in, raw payloads, no reflection.</summary>
internal static class ApiJson
{
    /// <summary>The types that the API reads and writes.</summary>
    public static ApiJsonContext Context { get; } = new(Configure(new JsonSerializerOptions()));

    /// <summary>Sets options so that they say the same.</summary>
    /// <param name="options">The options.</param>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        // Requests are limited where they are read; what was accepted must be shown again.
        options.MaxDepth = Payload.MaxDepth;
        // What is sent is JSON and nothing else, so text need not be safe inside HTML.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new UtcTimeConverter());
        // A name is what is documented; a number would name another value when values are added.
        options.Converters.Add(new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false));
        return options;
    }
}
