using System.Text.Json;
using System.Text.RegularExpressions;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Dashboards.Tests;

/// <summary>Seen on a live Prometheus and Alertmanager.</summary>
[Trait("Spec", "OB3")]
public sealed partial class LiveTests(LiveFixture live) : IClassFixture<LiveFixture>
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    // What has series only once it has happened, and what looks for something that is not there.
    private static readonly string[] _onlyInTrouble = ["MetricsDropped", "NoSiloUp"];

    [Fact]
    [Trait("Spec", "OB1")]
    public async Task Promtool_finds_nothing_to_improve_in_the_metrics()
    {
        NeedServers();
        var metrics = await live.Silo.Api.GetAsync("/metrics");
        Assert.Equal("", await Tool.RunAsync("promtool", metrics.Text, "check", "metrics"));
    }

    [Fact]
    public async Task Every_panel_shows_something()
    {
        NeedServers();
        var queries = Files.PanelQueries().Select(static panel => (panel.Panel, Query: panel.Query.Replace("$__rate_interval", "5m", StringComparison.Ordinal))).ToArray();
        Assert.True(queries.Length > 50);
        await UntilAllAnswerAsync(queries);
    }

    [Fact]
    public async Task Every_rule_has_something_to_judge()
    {
        NeedServers();
        using var answer = await live.Prometheus.GetAsync("/api/v1/rules");
        var rules = answer.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray().SelectMany(static group => group.GetProperty("rules").EnumerateArray()).ToArray();
        Assert.True(rules.Length > 35);
        await UntilAllAnswerAsync([.. rules.Where(static rule => !_onlyInTrouble.Contains(NameOf(rule))).Select(static rule => (NameOf(rule), Judged(rule)))]);
        Assert.Equal(1, await live.Prometheus.CountAsync("up{job=\"dlq-cluster\"}"));
    }

    [Fact]
    public async Task An_open_breaker_wakes_people_over_Slack_and_PagerDuty()
    {
        NeedServers();
        (await live.Silo.Api.PostAsync("/admin/circuit-breaker/force-open?name=default", """{"reason":"to be seen"}""")).Is(200);
        await Wait.UntilAsync(() => live.Told.Any(IsTrip("slack")) && live.Told.Any(IsTrip("pagerduty")), "both are told", _patience);
        (await live.Silo.Api.PostAsync("/admin/circuit-breaker/reset?name=default", """{"reason":"seen"}""")).Is(200);

        using var page = JsonDocument.Parse(live.Told.First(IsTrip("pagerduty")).Body);
        Assert.Equal("trigger", page.RootElement.GetProperty("event_action").GetString());
        Assert.Equal("critical", page.RootElement.GetProperty("payload").GetProperty("severity").GetString());
        Assert.Contains("docs/operations.md#circuitbreakertripped", live.Told.First(IsTrip("slack")).Body, StringComparison.Ordinal);
    }

    private static void NeedServers() => Tool.Need("promtool", "prometheus", "prometheus-alertmanager");

    private static Func<(string Path, string Body), bool> IsTrip(string who) =>
        told => told.Path == who && told.Body.Contains("The circuit breaker of default is open", StringComparison.Ordinal);

    private static string NameOf(JsonElement rule) => rule.GetProperty("name").GetString()!;

    /// <summary>What a rule looks at: without its thresholds, and now instead of a while ago.</summary>
    private static string Judged(JsonElement rule) =>
        rule.GetProperty("type").GetString() == "recording"
            ? NameOf(rule)
            : Comparison().Replace(Offset().Replace(rule.GetProperty("query").GetString()!, ""), "$1 bool ");

    private async Task UntilAllAnswerAsync((string What, string Query)[] queries)
    {
        var left = queries.ToList();
        await Wait.UntilAsync(
            async () =>
            {
                foreach (var query in left.ToArray())
                    if (await live.Prometheus.CountAsync(query.Query) > 0) left.Remove(query);
                return string.Join('\n', left);
            },
            static silent => silent.Length == 0,
            "every query has series",
            _patience);
    }

    [GeneratedRegex(@"(==|!=|>=|<=|>|<) ")]
    private static partial Regex Comparison();

    [GeneratedRegex(@" offset \w+")]
    private static partial Regex Offset();
}
