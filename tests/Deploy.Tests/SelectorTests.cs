using System.Text.Json;

namespace DlqCluster.Deploy.Tests;

/// <summary>Whatever selects pods finds the ones that it means, and no others.</summary>
[Trait("Spec", "OP3")]
public sealed class SelectorTests(ChartFixture chart)
{
    private static readonly string[] _probes = ["startupProbe", "livenessProbe", "readinessProbe"];

    [Fact]
    public void A_service_leads_to_one_kind_of_pods_and_to_a_port_that_they_have() => Assert.All(Of("Service"), one =>
    {
        var (rendering, service) = one;
        var found = rendering.Pods().Where(pod => Finds(service.Map("spec.selector"), pod.Metadata)).ToArray();
        Assert.Single(found.DistinctBy(pod => pod.Component));
        Assert.All(service.List("spec.ports"), port => Assert.All(found, pod => Assert.Contains(port.Text("targetPort"), Ports(Rendering.Containers(pod.Spec)))));
    });

    [Fact]
    public void A_budget_is_of_one_kind_of_pods() => Assert.All(Of("PodDisruptionBudget"), one =>
        Assert.Single(one.Rendering.Pods().Where(pod => Finds(one.Document.Map("spec.selector.matchLabels"), pod.Metadata)).DistinctBy(pod => pod.Component)));

    [Fact]
    public void A_workload_has_its_own_pods_and_nobody_elses() => Assert.All(Of("Deployment", "StatefulSet"), one =>
    {
        var found = one.Rendering.Documents.Where(other => other.Text("kind") is "Deployment" or "StatefulSet" && Finds(one.Document.Map("spec.selector.matchLabels"), other.At("spec.template.metadata")));
        Assert.Equal(one.Document.At("metadata").Text("name"), Assert.Single(found).At("metadata").Text("name"));
    });

    [Fact]
    public void A_pod_that_is_to_stay_apart_from_its_kind_knows_its_kind() => Assert.All(chart.All.SelectMany(rendering => rendering.Pods()), pod =>
    {
        Assert.All(pod.Spec.List("topologySpreadConstraints"), spread => Assert.True(Finds(spread.Map("labelSelector.matchLabels"), pod.Metadata)));
        Assert.All(
            pod.Spec.List("affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution"),
            apart => Assert.True(Finds(apart.Map("podAffinityTerm.labelSelector.matchLabels"), pod.Metadata)));
    });

    [Fact]
    public void A_probe_asks_at_a_port_that_its_container_has() => Assert.All(chart.All.SelectMany(rendering => rendering.Pods()).SelectMany(pod => Rendering.Containers(pod.Spec)), container =>
        Assert.All(_probes.Select(probe => container.At(probe + ".httpGet.port")).Where(port => port.ValueKind == JsonValueKind.String), port => Assert.Contains(port.GetString(), Ports([container]))));

    [Fact]
    public void A_monitor_asks_at_a_port_that_each_service_has() => Assert.All(Of("ServiceMonitor"), one =>
    {
        var found = one.Rendering.Of("Service").Where(service => Finds(one.Document.Map("spec.selector.matchLabels"), service.At("metadata"))).ToArray();
        Assert.NotEmpty(found);
        Assert.All(one.Document.List("spec.endpoints"), endpoint => Assert.All(found, service => Assert.Contains(endpoint.Text("port"), service.List("spec.ports").Select(port => port.Text("name")))));
    });

    private static bool Finds(Dictionary<string, string> selector, JsonElement metadata) =>
        selector.Count > 0 && selector.All(wanted => metadata.Map("labels").GetValueOrDefault(wanted.Key) == wanted.Value);

    private static IEnumerable<string?> Ports(IEnumerable<JsonElement> containers) => containers.SelectMany(container => container.List("ports")).Select(port => port.Text("name"));

    private IEnumerable<(Rendering Rendering, JsonElement Document)> Of(params string[] kinds) =>
        chart.All.SelectMany(rendering => kinds.SelectMany(rendering.Of).Select(document => (rendering, document)));
}
