using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace DlqCluster.Api.Tests.OpenApi;

/// <summary>One operation of an OpenAPI document.</summary>
internal sealed record Operation(string Method, string Path, JsonElement Json)
{
    private const string Content = "content";
    private const string Description = "description";
    private const string EventStream = "text/event-stream";

    private readonly string[] _segments = Path.Split('/');

    public string Name => $"{Method} {Path}";

    public string Id => Text("operationId");

    public bool NeedsToken => Json.TryGetProperty("security", out var security) && security.GetArrayLength() > 0;

    // Answers for as long as somebody listens.
    public bool IsStream => Responses().Any(response => response.Value.TryGetProperty(Content, out var content) && content.TryGetProperty(EventStream, out _));

    /// <summary>Whether it reads JSON.</summary>
    public bool TakesJson => Json.TryGetProperty("requestBody", out var body) && body.GetProperty(Content).TryGetProperty("application/json", out _);

    /// <summary>Whether it reads a body.</summary>
    public bool TakesBody => Json.TryGetProperty("requestBody", out _);

    /// <summary>The statuses that it may answer with.</summary>
    public IEnumerable<int> Statuses => Responses().Where(response => response.Name != "default").Select(response => int.Parse(response.Name, CultureInfo.InvariantCulture));

    /// <summary>Whether a path is one of its own.</summary>
    public bool IsAt(string[] segments) => segments.Length == _segments.Length
        && _segments.Zip(segments).All(pair => pair.First == pair.Second || (pair.First.StartsWith('{') && pair.Second.Length > 0));

    /// <summary>What is missing in it.</summary>
    public IEnumerable<string> Faults()
    {
        if (Text("summary").Length == 0) yield return $"{Name}: no summary";
        if (Id.Length == 0) yield return $"{Name}: no name";
        if (!Json.TryGetProperty("tags", out _)) yield return $"{Name}: no tag";
        foreach (var parameter in Parameters().Where(parameter => Text(parameter, Description).Length == 0)) yield return $"{Name}: what is {parameter.GetProperty("name")}?";
        if (Json.TryGetProperty("requestBody", out var body) && !body.GetProperty(Content).EnumerateObject().All(media => HasExample(media.Value)))
            yield return $"{Name}: a body without an example";
        if (!Responses().Any(response => response.Name[0] == '2')) yield return $"{Name}: no answer";
        foreach (var response in Responses().Where(response => response.Name != "default"))
        {
            if (Text(response.Value, Description).Length == 0) yield return $"{Name}: {response.Name} has no words";
            if (response.Value.TryGetProperty(Content, out var content) && !content.EnumerateObject().All(media => HasExample(media.Value)))
                yield return $"{Name}: {response.Name} has no example";
            if (response.Name[0] is '4' or '5' && !response.Value.TryGetProperty(Content, out _)) yield return $"{Name}: {response.Name} has no problem document";
        }
    }

    /// <summary>Its examples with their schemas.</summary>
    public IEnumerable<(string Place, JsonElement Schema, JsonElement Example)> Examples()
    {
        if (Json.TryGetProperty("requestBody", out var body))
        {
            foreach (var (schema, example) in Examples(body.GetProperty(Content))) yield return ("request", schema, example);
        }

        foreach (var response in Responses().Where(response => response.Name != "default" && response.Value.TryGetProperty(Content, out _)))
        {
            foreach (var (schema, example) in Examples(response.Value.GetProperty(Content))) yield return (response.Name, schema, example);
        }
    }

    /// <summary>The request that its examples make.</summary>
    /// <param name="id">The id in its path.</param>
    /// <param name="name">Every other name, in its path and in its query.</param>
    public (string Path, HttpContent? Body) Request(string id, string name = "shop")
    {
        var path = Path.Replace("{id}", id, StringComparison.Ordinal);
        foreach (var parameter in Parameters("path")) path = path.Replace($"{{{parameter.GetProperty("name")}}}", name, StringComparison.Ordinal);
        var query = Parameters("query").Where(parameter => parameter.TryGetProperty("required", out var required) && required.GetBoolean());
        path += string.Concat(query.Select((parameter, index) => $"{(index == 0 ? '?' : '&')}{parameter.GetProperty("name")}={name}"));
        if (!Json.TryGetProperty("requestBody", out var body)) return (path, null);
        var media = body.GetProperty(Content).EnumerateObject().First();
        var example = media.Value.GetProperty("example");
        var text = example.ValueKind == JsonValueKind.String ? example.GetString()! : example.GetRawText();
        return (path, new StringContent(text, Encoding.UTF8, new MediaTypeHeaderValue(media.Name)));
    }

    private static bool HasExample(JsonElement media) => media.TryGetProperty("example", out _) || (media.TryGetProperty("examples", out var all) && all.EnumerateObject().Any());

    private static IEnumerable<(JsonElement Schema, JsonElement Example)> Examples(JsonElement content) => content.EnumerateObject().SelectMany(media =>
        media.Value.TryGetProperty("example", out var one)
            ? [(media.Value.GetProperty("schema"), one)]
            : media.Value.TryGetProperty("examples", out var all)
                ? all.EnumerateObject().Select(example => (media.Value.GetProperty("schema"), example.Value.GetProperty("value")))
                : []);

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var text) ? text.GetString() ?? "" : "";

    private string Text(string name) => Text(Json, name);

    private JsonElement[] Parameters() => Json.TryGetProperty("parameters", out var parameters) ? [.. parameters.EnumerateArray()] : [];

    private IEnumerable<JsonElement> Parameters(string place) => Parameters().Where(parameter => parameter.GetProperty("in").GetString() == place);

    private JsonProperty[] Responses() => [.. Json.GetProperty("responses").EnumerateObject()];
}
