using System.Text.Json;

namespace DlqCluster.Deploy.Tests;

/// <summary>What helm makes of the chart with some values.</summary>
internal sealed class Rendering(string name, IReadOnlyList<JsonElement> documents, IReadOnlyList<string> problems)
{
    public string Name => name;

    public IReadOnlyList<JsonElement> Documents => documents;

    public IReadOnlyList<string> Problems => problems;

    public IEnumerable<JsonElement> Of(string kind) => documents.Where(document => document.GetProperty("kind").GetString() == kind);

    public JsonElement One(string kind, string end) => Of(kind).Single(document => document.At("metadata.name").GetString()!.EndsWith(end, StringComparison.Ordinal));

    /// <summary>The pods that it comes to, each with its component.</summary>
    public IEnumerable<(string Component, JsonElement Metadata, JsonElement Spec)> Pods() =>
        from document in documents
        let template = document.GetProperty("kind").GetString() switch
        {
            "Deployment" or "StatefulSet" => document.At("spec.template"),
            "CronJob" => document.At("spec.jobTemplate.spec.template"),
            "Pod" => document,
            _ => default,
        }
        where template.ValueKind == JsonValueKind.Object
        select (template.GetProperty("metadata").Text("labels", "app.kubernetes.io/component")!, template.GetProperty("metadata"), template.GetProperty("spec"));

    /// <summary>All containers of a pod, those that come first included.</summary>
    public static IEnumerable<JsonElement> Containers(JsonElement pod) => pod.List("initContainers").Concat(pod.List("containers"));

    /// <summary>The environment of a container: names and, where they are known here, values.</summary>
    public Dictionary<string, string?> Environment(JsonElement container)
    {
        var all = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var from in container.List("envFrom"))
        {
            var map = One("ConfigMap", from.At("configMapRef.name").GetString()!);
            foreach (var value in map.GetProperty("data").EnumerateObject()) all[value.Name] = value.Value.GetString();
        }

        foreach (var variable in container.List("env")) all[variable.GetProperty("name").GetString()!] = variable.TryGetProperty("value", out var value) ? value.GetString() : null;
        return all;
    }
}

/// <summary>Short ways through JSON.</summary>
internal static class Paths
{
    public static JsonElement At(this JsonElement element, string path)
    {
        foreach (var name in path.Split('.'))
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out var inner)) return default;
            element = inner;
        }

        return element;
    }

    public static string? Text(this JsonElement element, params string[] names)
    {
        foreach (var name in names)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element)) return null;
        }

        return element.ToString();
    }

    public static IEnumerable<JsonElement> List(this JsonElement element, string path) => element.At(path) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public static Dictionary<string, string> Map(this JsonElement element, string path) =>
        element.At(path) is { ValueKind: JsonValueKind.Object } map ? map.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.ToString(), StringComparer.Ordinal) : [];
}
