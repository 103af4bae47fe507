using System.Collections.Concurrent;
using System.Net;
using DlqCluster.Api.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DlqCluster.Dashboards.Tests;

/// <summary>The service after a short load, scraped by a Prometheus that has our rules and tells an Alertmanager that has our routes.</summary>
public sealed class LiveFixture : IAsyncLifetime
{
    private readonly TempDirectory _files = new();
    private readonly ConcurrentQueue<(string Path, string Body)> _told = new();
    private WebApplication? _people;
    private Server? _alertmanager;

    internal SiloProcess Silo { get; private set; } = null!;

    internal Server Prometheus { get; private set; } = null!;

    /// <summary>What Slack and PagerDuty were told.</summary>
    internal IReadOnlyCollection<(string Path, string Body)> Told => _told;

    private static bool IsPossible => Tool.IsThere("prometheus") && Tool.IsThere("prometheus-alertmanager");

    public async ValueTask InitializeAsync()
    {
        if (!IsPossible) return;
        // Half of its first attempts fail, and may be the first to be counted: what opens a breaker here is a test.
        Silo = await SiloProcess.StartAsync(
            Path.Combine(_files.Path, "data"),
            ("MAX_RETRIES", "1"),
            ("BASE_BACKOFF_MS", "20"),
            ("Storage__Kind", "sqlite"),
            ("Dlq__Strategies__SERVER_ERROR", "offPeak"),
            ("Downstreams__default__Breaker__MinimumRequests", "1000000"),
            ("Downstreams__default__Breaker__ConsecutiveFailures", "0"));
        await StartPeopleAsync();
        await StartAlertmanagerAsync();
        await StartPrometheusAsync();
        await LoadAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Prometheus is not null) await Prometheus.DisposeAsync();
        if (_alertmanager is not null) await _alertmanager.DisposeAsync();
        if (Silo is not null) await Silo.DisposeAsync();
        if (_people is not null) await _people.DisposeAsync();
        _files.Dispose();
    }

    /// <summary>One of everything: deliveries, retries, dead letters, replays that succeed and fail, repeats, what waits for its time.</summary>
    private async Task LoadAsync()
    {
        for (var i = 0; i < 20; i++)
        {
            (await Silo.Api.SubmitAsync($$$"""{"payload":{"n":{{{i % 18}}}},"clientMessageId":"{{{i % 18}}}"}""")).Is(202);
            (await Silo.Api.SubmitAsync("""{"payload":{"failTimes":1}}""")).Is(202);
        }

        (await Silo.Api.SubmitAsync("""{"payload":1,"delayMs":3600000}""")).Is(202);
        string[] errors = ["CLIENT_ERROR", "SERVER_ERROR"];
        foreach (var error in errors)
        {
            var bad = await Silo.Api.SubmitAsync($$$"""{"payload":{"simulateError":true,"errorType":"{{{error}}}"}}""");
            await Silo.Api.UntilStateAsync(bad.Is(202).Id, "deadLettered");
            (await Silo.Api.PostAsync($"/api/dlq/{bad.Id}/replay", "{}")).Is(202);
            await Silo.Api.UntilStateAsync(bad.Id, "deadLettered");
            if (error == "SERVER_ERROR") await Wait.UntilAsync(() => Silo.Api.PostAsync($"/api/dlq/{bad.Id}/replay", """{"payload":{}}"""), answer => answer.Status == 202, "the replay begins");
        }
    }

    private async Task StartPeopleAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _people = builder.Build();
        _people.MapPost("/{who}", async (HttpContext context, string who) =>
        {
            using var body = new StreamReader(context.Request.Body);
            _told.Enqueue((who, await body.ReadToEndAsync(context.RequestAborted)));
            return who == "slack" ? Results.Text("ok") : Results.Json(new { status = "success" }, statusCode: 202);
        });
        await _people.StartAsync();
    }

    private async Task StartAlertmanagerAsync()
    {
        var people = _people!.Urls.First();
        var directory = Path.Combine(_files.Path, "alertmanager");
        // As it is shipped, but that it need not wait, and that the two are here.
        Files.Copy(Path.Combine(Files.Dashboards, "alertmanager"), directory, text => text
            .Replace("/etc/alertmanager/secrets", directory, StringComparison.Ordinal)
            .Replace("group_wait: 30s", "group_wait: 0s", StringComparison.Ordinal)
            .Replace("resolve_timeout: 5m", $"resolve_timeout: 5m\n  pagerduty_url: {people}/pagerduty", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Path.Combine(directory, "slack-url"), people + "/slack");
        await File.WriteAllTextAsync(Path.Combine(directory, "pagerduty-key"), "0123456789abcdef0123456789abcdef");
        _alertmanager = await Server.StartAsync("prometheus-alertmanager", port =>
        [
            $"--config.file={directory}/alertmanager.yml", $"--storage.path={directory}/data", $"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
        ]);
    }

    private async Task StartPrometheusAsync()
    {
        var directory = Path.Combine(_files.Path, "prometheus");
        Files.Copy(Files.Prometheus, directory, text => text
            .Replace("_interval: 15s", "_interval: 1s", StringComparison.Ordinal)
            .Replace("for: 1m\n", "for: 0s\n", StringComparison.Ordinal)
            .Replace("127.0.0.1:3000", Silo.Api.Address.Authority, StringComparison.Ordinal)
            .Replace("127.0.0.1:9093", $"127.0.0.1:{_alertmanager!.Port}", StringComparison.Ordinal));
        Prometheus = await Server.StartAsync("prometheus", port =>
        [
            $"--config.file={directory}/prometheus.yml", $"--storage.tsdb.path={directory}/data", $"--web.listen-address=127.0.0.1:{port}",
        ]);
    }
}
