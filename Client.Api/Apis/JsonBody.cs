using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Problems;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Apis;

/// <summary>Reads the small bodies of operators' requests, naming the member that is wrong.</summary>
internal static partial class JsonBody
{
    private const string OfTheValue = "The value ";

    /// <summary>Reads a body.</summary>
    /// <typeparam name="T">What it should be.</typeparam>
    /// <param name="request">The request.</param>
    /// <param name="type">How to read it.</param>
    /// <param name="limits">How large and how deep it may be.</param>
    /// <param name="otherwise">What stands for an absent body; null when there must be one.</param>
    public static async ValueTask<(T? Value, ApiProblem? Problem)> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type, IngestOptions limits, T? otherwise = null)
        where T : class
    {
        var declared = request.ContentType is not null;
        if (declared && !MediaTypes.IsJson(request.ContentType)) return (null, Problem.UnsupportedMediaType(MediaTypes.Json));
        using var body = await RequestBody.ReadAsync(request, limits.MaxBodyBytes);
        if (body.IsTooLarge) return (null, Problem.BodyTooLarge(limits.MaxBodyBytes, "Ingest:MaxBodyBytes"));
        if (body.Span.IsEmpty && otherwise is not null) return (otherwise, null);
        if (!declared) return (null, Problem.UnsupportedMediaType(MediaTypes.Json));
        return Parse(body.Span, type, limits.MaxDepth);
    }

    private static (T? Value, ApiProblem? Problem) Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, int maxDepth)
        where T : class
    {
        if (!Utf8.IsValid(json)) return (null, Problem.Malformed("It is not UTF-8."));
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
        try
        {
            var value = JsonSerializer.Deserialize(ref reader, type);
            // Anything but white space after the value throws.
            reader.Read();
            return value is not null ? (value, null) : (null, Problem.Malformed("It must be an object, not null."));
        }
        catch (JsonException error)
        {
            return (null, Explain(error, maxDepth));
        }
    }

    // The serializer throws on the first wrong member: unknown and repeated ones it names in its text only.
    private static ApiProblem Explain(JsonException error, int maxDepth)
    {
        var member = (error.Path ?? "$").TrimStart('$').TrimStart('.');
        var quoted = QuotedName().Match(error.Message);
        if (error.Message.Contains("could not be mapped", StringComparison.Ordinal))
            return Problem.Invalid(Join(member, quoted.Groups[1].Value), "is not a field here");
        if (error.Message.StartsWith("Duplicate property", StringComparison.Ordinal))
            return Problem.Invalid(Join(member, quoted.Groups[1].Value), "is given twice");
        // What our own converters say of a value.
        if (member.Length > 0 && error.Message.StartsWith(OfTheValue, StringComparison.Ordinal))
            return Problem.Invalid(member, error.Message[OfTheValue.Length..].TrimEnd('.'));
        if (member.Length > 0 && error.Message.Contains("could not be converted", StringComparison.Ordinal))
            return Problem.Invalid(member, "has a value of the wrong type, or one that is not allowed");
        return Problem.Malformed(SubmitReader.Where(error, maxDepth));
    }

    private static string Join(string path, string name) =>
        path.Length == 0 || path == name || path.EndsWith("." + name, StringComparison.Ordinal) ? (path.Length == 0 ? name : path) : path + "." + name;

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex QuotedName();
}
