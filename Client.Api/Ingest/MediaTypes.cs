using Microsoft.Net.Http.Headers;

namespace DlqCluster.Api.Ingest;

/// <summary>What bodies may call themselves.</summary>
internal static class MediaTypes
{
    /// <summary>One JSON document.</summary>
    public const string Json = "application/json";

    /// <summary>JSON documents, one a line.</summary>
    public const string NdJson = "application/x-ndjson";

    /// <summary>Whether a content type is JSON in UTF-8.</summary>
    /// <param name="contentType">The header's value.</param>
    public static bool IsJson(string? contentType) =>
        // Nearly every client sends exactly this.
        contentType == Json
        || (TryParse(contentType, out var type)
            && (type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)));

    /// <summary>Whether a content type is NDJSON in UTF-8.</summary>
    /// <param name="contentType">The header's value.</param>
    public static bool IsNdJson(string? contentType) =>
        TryParse(contentType, out var type) && type.MediaType.Equals(NdJson, StringComparison.OrdinalIgnoreCase);

    private static bool TryParse(string? contentType, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out MediaTypeHeaderValue? type) =>
        MediaTypeHeaderValue.TryParse(contentType, out type)
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}
