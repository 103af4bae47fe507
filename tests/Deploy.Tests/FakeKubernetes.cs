using System.Net;
using System.Text.Json;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Deploy.Tests;

/// <summary>Of Kubernetes what helm asks it before it renders a chart: which kinds there are, and what is there already.</summary>
internal sealed class FakeKubernetes : IDisposable
{
    private static readonly (string Group, string Names)[] _kinds =
    [
        ("v1", "Pod Service Secret ConfigMap ServiceAccount PersistentVolumeClaim"),
        ("apps/v1", "Deployment StatefulSet"),
        ("batch/v1", "CronJob"),
        ("policy/v1", "PodDisruptionBudget"),
        ("autoscaling/v2", "HorizontalPodAutoscaler"),
        ("networking.k8s.io/v1", "NetworkPolicy Ingress"),
        ("monitoring.coreos.com/v1", "ServiceMonitor PrometheusRule"),
    ];

    private readonly HttpListener _listener = new();
    private readonly TempDirectory _files = new();
    private readonly Dictionary<string, object> _answers = [];

    public FakeKubernetes()
    {
        var address = $"http://127.0.0.1:{ContainerTests.FreePort()}";
        Configuration = Path.Combine(_files.Path, "kubeconfig");
        File.WriteAllText(Configuration, $"{{apiVersion: v1, kind: Config, clusters: [{{name: a, cluster: {{server: '{address}'}}}}], contexts: [{{name: a, context: {{cluster: a}}}}], current-context: a}}");
        _answers["/version"] = new { major = "1", minor = "34", gitVersion = "v1.34.0" };
        _answers["/api"] = new { kind = "APIVersions", versions = new[] { "v1" } };
        _answers["/apis"] = new { kind = "APIGroupList", groups = _kinds.Where(kind => kind.Group.Contains('/', StringComparison.Ordinal)).Select(kind => Group(kind.Group)) };
        foreach (var (group, names) in _kinds)
            _answers[(group == "v1" ? "/api/" : "/apis/") + group] = new { kind = "APIResourceList", groupVersion = group, resources = names.Split(' ').Select(Resource) };
        _listener.Prefixes.Add(address + "/");
        _listener.Start();
        _ = AnswerAsync();
    }

    /// <summary>The file by which helm finds it.</summary>
    public string Configuration { get; }

    /// <summary>Has something be there.</summary>
    public void Add(string path, object manifest) => _answers[path] = manifest;

    public void Dispose()
    {
        _listener.Close();
        _files.Dispose();
    }

    private static object Group(string text)
    {
        var version = new { groupVersion = text, version = text.Split('/')[1] };
        return new { name = text.Split('/')[0], versions = new[] { version }, preferredVersion = version };
    }

    private static object Resource(string kind) => new
    {
        name = kind.EndsWith('y') ? kind.ToLowerInvariant()[..^1] + "ies" : kind.EndsWith('s') ? kind.ToLowerInvariant() + "es" : kind.ToLowerInvariant() + "s",
        singularName = "",
        namespaced = true,
        kind,
        verbs = new[] { "get" },
    };

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                var isThere = _answers.TryGetValue(context.Request.Url!.AbsolutePath, out var answer);
                context.Response.StatusCode = isThere ? 200 : 404;
                context.Response.ContentType = "application/json";
                var body = JsonSerializer.SerializeToUtf8Bytes(answer ?? new { kind = "Status", apiVersion = "v1", status = "Failure", reason = "NotFound", code = 404 });
                await context.Response.OutputStream.WriteAsync(body);
                context.Response.Close();
            }
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
            // It was closed.
        }
    }
}
