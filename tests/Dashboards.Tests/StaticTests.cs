using System.Text.RegularExpressions;

namespace DlqCluster.Dashboards.Tests;

/// <summary>What can be said about the files without running anything but promtool.</summary>
[Trait("Spec", "OB3")]
public sealed partial class StaticTests
{
    private static readonly string[] _seeds =
    [
        "HighDLQIngestionRate", "CircuitBreakerTripped", "DLQBacklogGrowing", "HighDLQBacklog", "DLQProcessingErrors", "QueuePartitionLagHigh", "QueueDLQRateHigh",
        "ConsumerProcessingErrors",
    ];

    [Fact]
    public async Task Prometheus_and_Alertmanager_accept_their_configuration()
    {
        Tool.Need("promtool", "amtool");
        Assert.Contains("SUCCESS", await Tool.RunAsync("promtool", null, "check", "config", Path.Combine(Files.Prometheus, "prometheus.yml")), StringComparison.Ordinal);
        await Tool.RunAsync("amtool", null, "check-config", Path.Combine(Files.Dashboards, "alertmanager/alertmanager.yml"));
    }

    [Fact]
    public async Task Every_alert_fires_when_it_should_and_only_then()
    {
        Tool.Need("promtool");
        await Tool.RunAsync("promtool", null, ["test", "rules", .. Files.RuleTests()]);
    }

    [Fact]
    public void Every_alert_is_tested_both_ways_and_has_a_runbook()
    {
        var tests = string.Concat(Files.RuleTests().Select(File.ReadAllText));
        var operations = Files.Operations;
        var rules = string.Concat(Files.RuleFiles().Select(File.ReadAllText));
        var alerts = Files.Alerts();
        Assert.Superset(_seeds.ToHashSet(), alerts.ToHashSet());
        Assert.Equal(alerts.Length, alerts.Distinct().Count());
        Assert.All(alerts, alert =>
        {
            Assert.Contains($"- name: {alert} fires\n", tests, StringComparison.Ordinal);
            Assert.Contains($"- name: {alert} stays quiet\n", tests, StringComparison.Ordinal);
            Assert.Contains($"\n### {alert}\n", operations, StringComparison.Ordinal);
            Assert.Contains($"runbook_url: docs/operations.md#{alert.ToLowerInvariant()}\n", rules, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Every_metric_that_is_asked_for_is_described()
    {
        var asked = Files.PanelQueries().Select(static panel => panel.Query).Append(string.Concat(Files.RuleFiles().Select(File.ReadAllText)))
            .SelectMany(static text => Metric().Matches(text)).Select(static metric => Suffix().Replace(metric.Value, "")).Distinct().ToArray();
        Assert.True(asked.Length > 25);
        var operations = Files.Operations;
        Assert.All(asked, metric => Assert.True(
            operations.Contains($"`{metric}`", StringComparison.Ordinal) || operations.Contains($"`{metric}_count`", StringComparison.Ordinal), metric));
    }

    [GeneratedRegex(@"\b(?:dlq|stream|messages?|delivery|downstream|circuit|retry|idempotency|grain|store|metrics|process)_[a-z_]+\b(?=[{\[ )]|$)")]
    private static partial Regex Metric();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();
}
