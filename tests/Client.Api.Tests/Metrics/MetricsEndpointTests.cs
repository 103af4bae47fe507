using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.Metrics;

public sealed class MetricsEndpointTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly ApiClient _api = shared.Api;

    [Fact]
    public async Task The_endpoint_speaks_prometheus_text_and_counts_what_happened()
    {
        var sent = await _api.SubmitAsync("""{"payload":1,"clientMessageId":"metrics"}""");
        await _api.UntilStateAsync(sent.Id, "delivered");
        (await _api.SubmitAsync("""{"payload":1,"clientMessageId":"metrics"}""")).Is(202);

        var answer = await Wait.UntilAsync(
            () => _api.GetAsync("/metrics"),
            metrics => Exposition.Parse(metrics.Is(200).Text).Sum("messages_ended_total") == 1,
            "the end of the message is counted");

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.ContentType);
        var read = Exposition.Parse(answer.Text);
        Assert.Equal(1, read["stream_consumer_processed_total{status=\"success\"}"]);
        Assert.Equal(1, read["stream_enqueue_total"]);
        Assert.Equal(1, read.Sum("idempotency_hit_total"));
        Assert.Equal(0, read["circuit_breaker_state{name=\"default\"}"]);
        Assert.Equal("histogram", read.Types["http_server_request_duration_seconds"]);
        Assert.True(read.Sum("dotnet_process_memory_working_set_bytes") > 0);
        string[] promised =
        [
            "dlq_messages_ingested_total", "dlq_messages_resolved_total", "dlq_backlog_size", "circuit_breaker_state", "message_processing_duration_seconds",
            "retry_attempts_total", "dlq_queue_size", "dlq_processing_seconds", "dlq_retry_count", "dlq_processing_errors_total", "stream_enqueue_total",
            "stream_consumer_processed_total", "stream_partition_lag", "ordering_lanes", "ordering_lanes_blocked", "stream_dead_letter_total", "idempotency_hit_total",
            "dlq_oldest_age_seconds", "dlq_arrival_rate_per_second", "dlq_drain_rate_per_second", "dlq_time_to_drain_seconds", "messages_parked",
            "messages_greatest_lateness_seconds", "message_attempts_to_success", "message_end_to_end_seconds", "dotnet_process_cpu_time_seconds_total",
            "http_server_request_duration_seconds", "grain_activations", "grain_calls_total",
        ];
        Assert.All(promised, name => Assert.True(read.Types.ContainsKey(name), name));
    }

    [Fact]
    public async Task The_process_and_its_stores_are_shown()
    {
        var read = Exposition.Parse((await Wait.UntilAsync(
            () => _api.GetAsync("/metrics"),
            metrics => metrics.Text.Contains("store_up{", StringComparison.Ordinal),
            "the store has been tried")).Text);

        Assert.Equal(1, read["store_up{store=\"sqlite\"}"]);
        Assert.Equal(1, read.Sum("dlq_build_info"));
        var startedAt = DateTimeOffset.FromUnixTimeMilliseconds((long)(read["process_start_time_seconds"] * 1_000));
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        Assert.Equal(process.StartTime.ToUniversalTime(), startedAt.UtcDateTime, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Switched_off_nothing_is_measured()
    {
        await using var host = await ApiHost.StartAsync("Metrics:Enabled=false");
        (await host.Api.SubmitAsync("""{"payload":1}""")).Is(202);
        var answer = (await host.Api.GetAsync("/metrics")).Is(404);
        Assert.Contains("Metrics:Enabled", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_may_scrape_at_once()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => _api.GetAsync("/metrics")));
        Assert.All(answers, answer => Exposition.Parse(answer.Is(200).Text));
    }
}
