using DlqCluster.Api.Tests.Support;

[assembly: AssemblyFixture(typeof(DlqCluster.Deploy.Tests.ChartFixture))]

namespace DlqCluster.Deploy.Tests;

/// <summary>The chart, rendered by helm with every values file and with the options that change what there is.</summary>
public sealed class ChartFixture : IAsyncLifetime
{
    private const string Release = "dlq";

    private static readonly (string Name, string[] Arguments)[] _cases =
    [
        ("values", ["--set", "redis.uri=redis://redis:6379,mongo.uri=mongodb://mongo"]),
        ("dev", ["-f", "values-dev.yaml"]),
        ("production", ["-f", "values-production.yaml"]),
        ("sidecar", ["-f", "values-sidecar.yaml"]),
        ("dedicated", ["-f", "values-dedicated.yaml"]),
        ("embedded", ["--set", "mode=embedded"]),
        ("embedded with all", ["--set", "mode=embedded,tls.secretName=t,tls.caSecretName=c,backup.enabled=true,monitoring.serviceMonitor.enabled=true,ingress.enabled=true,ingress.host=dlq.example.com"]),
        ("dev with all", ["-f", "values-dev.yaml", "--set", "tls.secretName=t,tls.caSecretName=c,secrets.keyRingCertificate=k,backup.enabled=true,monitoring.rules.enabled=true"]),
        ("production without monitoring", ["-f", "values-production.yaml", "--set", "monitoring.serviceMonitor.enabled=false,monitoring.rules.enabled=false,monitoring.dashboards.enabled=false,monitoring.alertmanager.enabled=false"]),
        ("production without a network", ["-f", "values-production.yaml", "--set", "networkPolicy.enabled=false,serviceAccount.create=false,backup.drill.enabled=false"]),
        ("canary of a tenth", Canary(10)),
        ("canary of a half", Canary(50)),
        ("scaled canary", ["-f", "values-production.yaml", "--set", "silo.canary.enabled=true,silo.canary.tag=0.2.0,silo.autoscaling.minReplicas=10"]),
        ("silos ahead", ["-f", "values-dev.yaml", "--set", "silo.tag=0.2.0"]),
        ("long drain", ["-f", "values-dev.yaml", "--set-string", "settings.Delivery:ShutdownGraceMs=60000"]),
    ];

    private readonly TempDirectory _files = new();
    private Dictionary<string, Rendering> _renderings = [];

    internal IReadOnlyCollection<Rendering> All
    {
        get
        {
            Tool.NeedHelm();
            return _renderings.Values;
        }
    }

    internal Rendering this[string name]
    {
        get
        {
            Tool.NeedHelm();
            return _renderings[name];
        }
    }

    public async ValueTask InitializeAsync()
    {
        try
        {
            Tool.NeedHelm();
        }
        catch (Exception)
        {
            // Each test says so for itself.
            return;
        }

        foreach (var (name, arguments) in _cases) await File.WriteAllTextAsync(FileOf(name), await RenderAsync(arguments));
        var read = await Tool.ReadAsync("kubernetes", [.. _cases.Select(one => FileOf(one.Name))]);
        _renderings = _cases.ToDictionary(one => one.Name, one =>
        {
            var answer = read.GetProperty(FileOf(one.Name));
            return new Rendering(one.Name, [.. answer.GetProperty("documents").EnumerateArray()], [.. answer.GetProperty("problems").EnumerateArray().Select(problem => problem.GetString()!)]);
        });
    }

    public ValueTask DisposeAsync()
    {
        _files.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string[] Canary(int percent) => ["-f", "values-dev.yaml", "--set", $"silo.replicas=10,silo.canary.enabled=true,silo.canary.tag=0.2.0,silo.canary.percent={percent},api.replicas=4,api.canary.enabled=true,api.canary.tag=0.2.0,api.canary.percent={percent}"];

    private static async Task<string> RenderAsync(string[] arguments)
    {
        var ended = await Tool.HelmAsync(["template", Release, Tool.Chart, "--namespace", "delivery", .. arguments.Select(InChart)]);
        Assert.True(ended.Code == 0, $"{string.Join(' ', arguments)}: {ended.Error}");
        return ended.Out;
    }

    private static string InChart(string argument) => argument.EndsWith(".yaml", StringComparison.Ordinal) ? Path.Combine(Tool.Chart, argument) : argument;

    private string FileOf(string name) => Path.Combine(_files.Path, name.Replace(' ', '-') + ".yaml");
}
