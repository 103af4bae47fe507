using System.Text.Json;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Deploy.Tests;

/// <summary>The chart, by real helm, against the schemas of Kubernetes and of the Prometheus operator.</summary>
[Trait("Spec", "OP3")]
public sealed class ChartTests(ChartFixture chart)
{
    private static readonly string[] _ours = ["silo", "api", "embedded"];

    [Theory]
    [InlineData("values.yaml", "--set", "redis.uri=redis://r,mongo.uri=mongodb://m")]
    [InlineData("values-dev.yaml")]
    [InlineData("values-production.yaml")]
    [InlineData("values-sidecar.yaml")]
    [InlineData("values-dedicated.yaml")]
    public async Task Helm_finds_nothing_to_complain_about(string values, params string[] more)
    {
        Tool.NeedHelm();
        var ended = await Tool.HelmAsync(["lint", "--strict", Tool.Chart, "-f", Path.Combine(Tool.Chart, values), .. more]);
        Assert.True(ended.Code == 0 && !ended.Out.Contains("[WARNING]", StringComparison.Ordinal), ended.ToString());
    }

    [Fact]
    public void Kubernetes_knows_every_member_of_every_manifest() => Assert.All(chart.All, rendering =>
    {
        Assert.Empty(rendering.Problems);
        Assert.NotEmpty(rendering.Documents);
        Assert.DoesNotContain(rendering.Documents, document => document.Text("apiVersion")!.Contains("beta", StringComparison.Ordinal));
        Assert.Equal(rendering.Documents.Count, rendering.Documents.Select(document => document.Text("kind") + "/" + document.At("metadata").Text("name")).Distinct().Count());
    });

    [Fact]
    public async Task A_member_that_Kubernetes_does_not_know_is_found()
    {
        Tool.NeedHelm();
        using var files = new TempDirectory();
        var file = Path.Combine(files.Path, "wrong.yaml");
        await File.WriteAllTextAsync(file, """
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: a, labels: {any: thing}}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {}, spec: {containers: [{name: a, imag: b}]}}}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: b}, spec: {ports: [{port: http}]}}
            ---
            {apiVersion: v1, kind: Servise, metadata: {name: c}}
            """);
        var problems = (await Tool.ReadAsync("kubernetes", file)).GetProperty(file).GetProperty("problems").EnumerateArray().Select(problem => problem.GetString()).ToArray();
        Assert.Equal(3, problems.Length);
        Assert.Equal("Deployment a: /spec/template/spec/containers/0/imag is unknown", problems[0]);
        Assert.StartsWith("Service b: /spec/ports/0/port type", problems[1], StringComparison.Ordinal);
        Assert.Equal("Servise c: there is no v1/Servise", problems[2]);
    }

    [Theory]
    [InlineData("silo.replics=3", "replics")]
    [InlineData("mode=sidecar", "mode")]
    [InlineData("settings.Port=1", "Port")]
    [InlineData("secrets.adminToken=short", "adminToken")]
    [InlineData("silo.canary.enabled=true", "tag")]
    [InlineData("mode=embedded,embedded.replicas=2", "embedded.replicas")]
    [InlineData("redis.bundled=true", "mongo.uri")]
    [InlineData("secrets.existing=s,redis.bundled=true", "secrets.existing")]
    public async Task Values_that_cannot_be_meant_are_refused_by_name(string set, string named)
    {
        Tool.NeedHelm();
        var ended = await Tool.HelmAsync("template", "dlq", Tool.Chart, "--set", set);
        Assert.NotEqual(0, ended.Code);
        Assert.Contains(named, ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_process_gets_settings_that_it_knows_and_the_secrets_that_it_needs()
    {
        var seen = new HashSet<string>();
        foreach (var rendering in chart.All)
        {
            foreach (var (component, _, spec) in rendering.Pods().Where(pod => _ours.Contains(pod.Component)))
            {
                var container = Rendering.Containers(spec).Single(container => container.Text("image")!.Contains("dlq-cluster/", StringComparison.Ordinal));
                var environment = rendering.Environment(container);
                Assert.Empty(environment.Keys.Select(KnownSettings.Problem).OfType<string>());
                seen.UnionWith(environment.Keys);
                if (component != "embedded") Assert.Superset(new HashSet<string> { "ADMIN_TOKEN", "REDIS_URI", "MONGODB_URI" }, environment.Keys.ToHashSet());
            }
        }

        Assert.True(seen.Count > 15);
        Assert.Equal("Cluster__AdvertisedAdress is no setting", KnownSettings.Problem("Cluster__AdvertisedAdress"));
        Assert.NotNull(KnownSettings.Problem("Quue__MaxSize"));
    }

    [Fact]
    public void No_pod_may_do_more_than_it_must() => Assert.All(chart.All.SelectMany(rendering => rendering.Pods()), pod =>
    {
        var (component, _, spec) = pod;
        Assert.False(spec.GetProperty("automountServiceAccountToken").GetBoolean());
        Assert.True(spec.At("securityContext.runAsNonRoot").GetBoolean());
        Assert.Equal("RuntimeDefault", spec.At("securityContext.seccompProfile").Text("type"));
        Assert.All(Rendering.Containers(spec).Where(container => container.Text("name") != "shop"), container =>
        {
            Assert.True(container.At("securityContext.readOnlyRootFilesystem").GetBoolean(), component);
            Assert.False(container.At("securityContext.allowPrivilegeEscalation").GetBoolean(), component);
            Assert.Equal("ALL", Assert.Single(container.List("securityContext.capabilities.drop")).GetString());
            Assert.NotNull(container.At("resources.limits").Text("memory"));
            Assert.NotNull(container.At("resources.requests").Text("cpu"));
        });
    });

    [Fact]
    public void Secrets_are_made_unless_they_are_given_and_outlive_the_release()
    {
        var made = chart["dev"].One("Secret", "dlq-cluster");
        Assert.Matches("^[A-Za-z0-9]{40}$", made.At("stringData").Text("ADMIN_TOKEN"));
        Assert.Contains(made.At("stringData").Text("REDIS_PASSWORD")!, made.At("stringData").Text("REDIS_URI"), StringComparison.Ordinal);
        Assert.Equal("keep", made.At("metadata").Text("annotations", "helm.sh/resource-policy"));
        Assert.Equal("dlq-dlq-cluster-alertmanager", Assert.Single(chart["production"].Of("Secret")).At("metadata").Text("name"));
        Assert.Empty(chart["sidecar"].Of("Secret"));
    }

    [Fact]
    public void Private_keys_and_credentials_of_the_service_are_nobody_elses()
    {
        string[] secret = ["/etc/dlq/tls", "/etc/dlq/keyring"];
        foreach (var name in new[] { "dev with all", "embedded with all" })
        {
            foreach (var (component, _, spec) in chart[name].Pods())
            {
                var mounted = Rendering.Containers(spec).SelectMany(container => container.List("volumeMounts")).Any(mount => secret.Contains(mount.Text("mountPath")));
                Assert.Equal(_ours.Contains(component), mounted);
            }
        }

        var backup = chart["dev with all"].Pods().Single(pod => pod.Component == "backup").Spec;
        var given = Rendering.Containers(backup).ToDictionary(container => container.Text("name")!, container => container.List("env").Where(variable => variable.TryGetProperty("valueFrom", out _)).Select(variable => variable.Text("name")));
        Assert.Equal(["REDIS_URI"], given["redis"]);
        Assert.Equal(["MONGODB_URI"], given["mongo"]);
        Assert.Empty(given["prepare"].Concat(given["keep"]));
    }

    [Fact]
    public void Nobody_may_ask_Kubernetes_for_anything() => Assert.All(chart.All, rendering =>
    {
        Assert.DoesNotContain(rendering.Documents, document => document.Text("kind")!.Contains("Role", StringComparison.Ordinal));
        Assert.All(rendering.Of("ServiceAccount"), account => Assert.False(account.GetProperty("automountServiceAccountToken").GetBoolean()));
    });

    [Theory]
    [InlineData("dev", "silo", 33)]
    [InlineData("dev", "api", 38)]
    [InlineData("embedded", "embedded", 33)]
    [InlineData("long drain", "silo", 83)]
    public void A_pod_has_longer_to_stop_than_a_stop_takes(string rendering, string component, int seconds)
    {
        var spec = chart[rendering].Pods().Single(pod => pod.Component == component).Spec;
        Assert.Equal(seconds, spec.GetProperty("terminationGracePeriodSeconds").GetInt32());
    }

    [Fact]
    public void Silos_can_be_scaled_by_hand_or_by_load_and_are_told_how_many_they_should_be()
    {
        Assert.Equal(3, chart["values"].One("Deployment", "-silo").At("spec.replicas").GetInt32());
        var production = chart["production"];
        Assert.Equal(JsonValueKind.Undefined, production.One("Deployment", "-silo").At("spec.replicas").ValueKind);
        var scaler = production.One("HorizontalPodAutoscaler", "-silo").GetProperty("spec");
        Assert.Equal(production.One("Deployment", "-silo").At("metadata").Text("name"), scaler.At("scaleTargetRef").Text("name"));
        Assert.Equal(["Resource", "External"], scaler.List("metrics").Select(metric => metric.Text("type")));
        Assert.Equal("2000", scaler.List("metrics").Last().At("external.target").Text("averageValue"));
        Assert.Equal("3", production.One("ConfigMap", "dlq-cluster").At("data").Text("Cluster__ExpectedSilos"));
    }

    [Theory]
    [InlineData("canary of a tenth", 9, 1, 3, 1)]
    [InlineData("canary of a half", 5, 5, 2, 2)]
    public void A_canary_takes_its_share_of_the_replicas(string rendering, int silos, int newSilos, int apis, int newApis)
    {
        int Replicas(string name) => chart[rendering].One("Deployment", name).At("spec.replicas").GetInt32();
        Assert.Equal((silos, newSilos, apis, newApis), (Replicas("-silo"), Replicas("-silo-canary"), Replicas("-api"), Replicas("-api-canary")));
        Assert.EndsWith(":0.2.0", Rendering.Containers(chart[rendering].One("Deployment", "-silo-canary").At("spec.template.spec")).First().Text("image"), StringComparison.Ordinal);
        // One Service and one budget for both.
        Assert.DoesNotContain("dlq-cluster/track", chart[rendering].One("Service", "dlq-cluster").Map("spec.selector").Keys);
        Assert.DoesNotContain("dlq-cluster/track", chart[rendering].One("PodDisruptionBudget", "-silo").Map("spec.selector.matchLabels").Keys);
    }

    [Fact]
    public void Silos_can_be_a_version_ahead_of_the_rest()
    {
        var images = chart["silos ahead"].Pods().Where(pod => pod.Component is "silo" or "api" or "test").ToDictionary(pod => pod.Component, pod => Rendering.Containers(pod.Spec).First().Text("image"));
        Assert.Equal(("dlq-cluster/silo:0.2.0", "dlq-cluster/api:0.1.0", "dlq-cluster/api:0.1.0"), (images["silo"], images["api"], images["test"]));
    }

    [Fact]
    public void A_canary_beside_a_scaler_takes_from_its_least() =>
        Assert.Equal(9, chart["scaled canary"].One("HorizontalPodAutoscaler", "-silo").At("spec.minReplicas").GetInt32());

    [Fact]
    public async Task The_rules_are_those_of_dashboards_and_promtool_accepts_them()
    {
        Tool.Need("promtool", "prometheus");
        using var files = new TempDirectory();
        var rules = Path.Combine(files.Path, "rules.yml");
        var rendered = chart["production"].Of("PrometheusRule").Single().GetProperty("spec").GetRawText();
        await File.WriteAllTextAsync(rules, rendered);
        var ended = await Tool.RunAsync("promtool", ["check", "rules", rules]);
        Assert.True(ended.Code == 0, ended.ToString());
        var source = Directory.GetFiles(Path.Combine(Tool.Root, "dashboards/prometheus/rules"), "*.yml");
        var read = await Tool.ReadAsync("plain", source);
        var groups = source.Order(StringComparer.Ordinal).SelectMany(file => read.GetProperty(file).GetProperty("documents")[0].List("groups")).ToArray();
        Assert.True(JsonElement.DeepEquals(JsonSerializer.SerializeToElement(new { groups }), JsonDocument.Parse(rendered).RootElement));
    }

    [Fact]
    public async Task The_dashboards_and_the_routes_are_those_of_dashboards()
    {
        var production = chart["production"];
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Tool.Root, "dashboards/grafana/dashboards"), "*.json"))
        {
            var map = production.One("ConfigMap", "-dashboard-" + Path.GetFileNameWithoutExtension(file));
            Assert.Equal(await File.ReadAllTextAsync(file), Assert.Single(map.Map("data").Values));
        }

        var routes = production.One("Secret", "-alertmanager").At("stringData").Text("alertmanager.yaml")!;
        var own = await File.ReadAllTextAsync(Path.Combine(Tool.Root, "dashboards/alertmanager/alertmanager.yml"));
        Assert.Equal(own.Replace("/alertmanager/secrets/", "/alertmanager/secrets/dlq-receivers/", StringComparison.Ordinal), routes);
    }

    [Fact]
    public void Prometheus_finds_every_process_under_the_job_that_the_rules_name()
    {
        var production = chart["production"];
        var monitor = production.Of("ServiceMonitor").Single().GetProperty("spec");
        Assert.Equal("dlq-cluster/job", monitor.Text("jobLabel"));
        var wanted = monitor.Map("selector.matchLabels");
        var found = production.Of("Service").Where(service => wanted.All(label => service.Map("metadata.labels").GetValueOrDefault(label.Key) == label.Value)).ToArray();
        Assert.Equal(["api", "silo"], found.Select(service => service.Map("spec.selector")["app.kubernetes.io/component"]).Order(StringComparer.Ordinal));
        Assert.All(found, service => Assert.Equal("dlq-cluster", service.Map("metadata.labels")["dlq-cluster/job"]));
        Assert.DoesNotContain(chart["production without monitoring"].Documents, document => document.Text("apiVersion")!.StartsWith("monitoring", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_mounted_or_asked_for_is_there() => Assert.All(chart.All.SelectMany(rendering => rendering.Pods()), pod =>
    {
        var there = pod.Spec.List("volumes").Select(volume => volume.Text("name")).Append("data").ToHashSet();
        Assert.All(Rendering.Containers(pod.Spec).SelectMany(container => container.List("volumeMounts")), mount => Assert.Contains(mount.Text("name"), there));
    });

}
