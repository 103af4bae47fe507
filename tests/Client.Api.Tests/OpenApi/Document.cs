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

    public IReadOnlyList<Operation> Operations { get; }

    public static Document Parse(string json) => new(JsonDocument.Parse(json).RootElement);

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
        if (!responses.TryGetProperty(answer.Status.ToString(CultureInfo.InvariantCulture), out var response)) return [$"{answer.Status} is not documented: {answer}"];
        if (!response.TryGetProperty("content", out var content)) return answer.Text.Length == 0 ? [] : [$"{answer.Status} has a body: {answer}"];
        var mediaType = answer.ContentType?.Split(';')[0] ?? "";
        if (!content.TryGetProperty(mediaType, out var media)) return [$"{answer.Status} with {mediaType} is not documented"];
        return mediaType is Json or ProblemJson ? Check(media.GetProperty("schema"), answer.Json) : [];
    }

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
