using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.OpenApi;

/// <summary>An OpenAPI document, as far as the tests read it.</summary>
internal sealed class Document
{
    private const string Json = "application/json";
    private const string ProblemJson = "application/problem+json";

    private readonly JsonElement _root;

    private Document(JsonElement root)
    {
        _root = root;
        Operations = [.. root.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => new Operation(operation.Name.ToUpperInvariant(), path.Name, operation.Value)))];
    }

    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    /// <summary>The one that is kept with the sources; a test sees to it that the service serves the same.</summary>
    public static Document Kept { get; } = Parse(File.ReadAllText(KeptPath));

    public static string KeptPath => Path.Combine(Repository(), "docs", "openapi.json");

    public IReadOnlyList<Operation> Operations { get; }

    public static Document Parse(string json) => new(JsonDocument.Parse(json).RootElement);

    /// <summary>The operation that answers a request; null when it is none of those that are described.</summary>
    public Operation? Find(string method, string path)
    {
        var segments = path.Split('/');
        // "/api/dlq/stats" is also an "/api/dlq/{id}".
        return Operations.Where(operation => operation.Method == method && operation.IsAt(segments))
            .MinBy(operation => operation.Path.Count(letter => letter == '{'));
    }

    /// <summary>What is wrong with a value, by the part of JSON Schema that the document uses.</summary>
    public IEnumerable<string> Check(JsonElement schema, JsonElement value, string path = "$")
    {
        schema = Resolve(schema);
        if (schema.TryGetProperty("oneOf", out var choices))
        {
            return choices.EnumerateArray().Any(choice => !Check(choice, value, path).Any()) ? [] : [$"{path} is none of its choices: {value}"];
        }

        if (schema.TryGetProperty("type", out var type) && !Types(type).Any(name => IsOf(name, value))) return [$"{path} is not of type {type}: {value}"];
        if (schema.TryGetProperty("enum", out var names) && value.ValueKind != JsonValueKind.Null && !names.EnumerateArray().Any(name => JsonElement.DeepEquals(name, value)))
            return [$"{path} is not one of {names}: {value}"];
        if (LimitFault(schema, value) is { } fault) return [$"{path} {fault}: {value}"];
        return value.ValueKind switch
        {
            JsonValueKind.Object => CheckMembers(schema, value, path),
            JsonValueKind.Array when schema.TryGetProperty("items", out var items) =>
                value.EnumerateArray().SelectMany((item, index) => Check(items, item, $"{path}[{index}]")),
            _ => [],
        };
    }

    /// <summary>How an answer differs from what the document says of it.</summary>
    public IEnumerable<string> CheckAnswer(Operation operation, Answer answer)
    {
        var responses = operation.Json.GetProperty("responses");
        // A fault of the service's own is described once, for all operations.
        var status = answer.Status == 500 ? "default" : answer.Status.ToString(CultureInfo.InvariantCulture);
        if (!responses.TryGetProperty(status, out var response)) return [$"{answer.Status} is not documented: {answer}"];
        if (!response.TryGetProperty("content", out var content)) return answer.Text.Length == 0 ? [] : [$"{answer.Status} has a body: {answer}"];
        var mediaType = answer.ContentType?.Split(';')[0] ?? "";
        if (!content.TryGetProperty(mediaType, out var media)) return [$"{answer.Status} with {mediaType} is not documented"];
        return IsJson(answer.ContentType) ? Check(media.GetProperty("schema"), answer.Json).Concat(ForeignProblem(response, mediaType, answer)) : [];
    }

    /// <summary>Whether a content type is one whose answers have a schema.</summary>
    public static bool IsJson(string? contentType) => contentType?.Split(';')[0] is Json or ProblemJson;

    // The description of a refusal names the types of problem that it may be.
    private static IEnumerable<string> ForeignProblem(JsonElement response, string mediaType, Answer answer)
    {
        if (mediaType != ProblemJson || answer.Status == 500) yield break;
        var type = answer["type"].GetString()!;
        if (!response.GetProperty("description").GetString()!.Contains($"`{type}`", StringComparison.Ordinal)) yield return $"{answer.Status} {type} is not documented";
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Orleans.DlqCluster.sln"))) folder = folder.Parent;
        return folder.FullName;
    }

    private static string? LimitFault(JsonElement schema, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when schema.TryGetProperty("minimum", out var least) && value.GetDouble() < least.GetDouble() => $"is less than {least}",
        JsonValueKind.Number when schema.TryGetProperty("maximum", out var most) && value.GetDouble() > most.GetDouble() => $"is more than {most}",
        JsonValueKind.String when schema.TryGetProperty("maxLength", out var longest) && value.GetString()!.Length > longest.GetInt32() => $"is longer than {longest}",
        JsonValueKind.String when schema.TryGetProperty("format", out var format) && !IsOfFormat(format.GetString()!, value) => $"is no {format}",
        _ => null,
    };

    private static bool IsOfFormat(string format, JsonElement value) => format switch
    {
        "date-time" => value.TryGetDateTimeOffset(out _),
        "uuid" => value.TryGetGuid(out _),
        _ => throw new NotSupportedException($"This does not know the format {format}."),
    };

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => value.ValueKind == JsonValueKind.Number,
    };

    private static IEnumerable<string> Types(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(name => name.GetString()!) : [type.GetString()!];

    private JsonElement Resolve(JsonElement schema)
    {
        while (schema.TryGetProperty("$ref", out var reference))
            schema = _root.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);
        return schema;
    }

    private IEnumerable<string> CheckMembers(JsonElement schema, JsonElement value, string path)
    {
        var known = schema.TryGetProperty("properties", out var properties);
        if (schema.TryGetProperty("required", out var required))
        {
            foreach (var name in required.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _))) yield return $"{path} lacks {name}";
        }

        var others = schema.TryGetProperty("additionalProperties", out var more) && more.ValueKind == JsonValueKind.Object;
        foreach (var member in value.EnumerateObject())
        {
            if (known && properties.TryGetProperty(member.Name, out var property))
            {
                foreach (var fault in Check(property, member.Value, $"{path}.{member.Name}")) yield return fault;
            }
            else if (others)
            {
                foreach (var fault in Check(more, member.Value, $"{path}.{member.Name}")) yield return fault;
            }
            else if (known)
            {
                yield return $"{path} has {member.Name}, which is not documented";
            }
        }
    }
}
