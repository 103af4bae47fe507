using System.Text;
using System.Text.Json;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Deploy.Tests;

/// <summary>What an upgrade makes of what is there already.</summary>
[Trait("Spec", "OP3")]
public sealed class UpgradeTests : IDisposable
{
    private const string Release = "dlq";
    private const string Namespace = "delivery";
    private readonly FakeKubernetes _kubernetes = new();
    private readonly TempDirectory _files = new();

    [Fact]
    public async Task The_secrets_that_were_made_stay()
    {
        Put("/api/v1", "Secret", "secrets", "dlq-dlq-cluster", new { data = new { ADMIN_TOKEN = Base64("a-token-of-last-year"), REDIS_PASSWORD = Base64("hush") } });
        var secret = (await RenderAsync("values-dev.yaml")).One("Secret", "dlq-cluster").At("stringData");
        Assert.Equal("a-token-of-last-year", secret.Text("ADMIN_TOKEN"));
        Assert.Equal("hush", secret.Text("REDIS_PASSWORD"));
        Assert.Equal("redis://:hush@dlq-dlq-cluster-redis:6379", secret.Text("REDIS_URI"));
    }

    [Fact]
    public async Task Silos_that_are_handed_over_to_a_scaler_stay_as_many_as_they_are()
    {
        Put("/apis/apps/v1", "Deployment", "deployments", "dlq-dlq-cluster-silo", new { spec = new { replicas = 7 } });
        var production = await RenderAsync("values-production.yaml");
        Assert.Equal(7, production.One("Deployment", "-silo").At("spec.replicas").GetInt32());
        // It is not there yet: the scaler gives it a number.
        Assert.Equal(JsonValueKind.Undefined, production.One("Deployment", "-api").At("spec.replicas").ValueKind);
        // Without a scaler the values say how many there are.
        Assert.Equal(1, (await RenderAsync("values-dev.yaml")).One("Deployment", "-silo").At("spec.replicas").GetInt32());
    }

    public void Dispose()
    {
        _kubernetes.Dispose();
        _files.Dispose();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private void Put(string api, string kind, string plural, string name, object content)
    {
        var manifest = JsonSerializer.SerializeToNode(content)!.AsObject();
        manifest["apiVersion"] = api.Split('/', 3)[2];
        manifest["kind"] = kind;
        // Helm touches nothing that is not its own.
        manifest["metadata"] = JsonSerializer.SerializeToNode(new
        {
            name,
            @namespace = Namespace,
            labels = new Dictionary<string, string> { ["app.kubernetes.io/managed-by"] = "Helm" },
            annotations = new Dictionary<string, string> { ["meta.helm.sh/release-name"] = Release, ["meta.helm.sh/release-namespace"] = Namespace },
        });
        _kubernetes.Add($"{api}/namespaces/{Namespace}/{plural}/{name}", manifest);
    }

    private async Task<Rendering> RenderAsync(string values)
    {
        Tool.NeedHelm();
        var ended = await Tool.HelmAsync("template", Release, Tool.Chart, "--namespace", Namespace, "-f", Path.Combine(Tool.Chart, values), "--dry-run=server", "--disable-openapi-validation", "--kubeconfig", _kubernetes.Configuration);
        Assert.True(ended.Code == 0, ended.Error);
        var file = Path.Combine(_files.Path, values);
        await File.WriteAllTextAsync(file, ended.Out);
        var read = (await Tool.ReadAsync("kubernetes", file)).GetProperty(file);
        return new Rendering(values, [.. read.GetProperty("documents").EnumerateArray()], [.. read.GetProperty("problems").EnumerateArray().Select(problem => problem.GetString()!)]);
    }
}
