using DlqCluster.Api.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace DlqCluster.Api.Tests.WholeProcess;

/// <summary>The built program delivers to a receiver that counts.</summary>
public sealed class DeliveryTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30 + (Load.Messages / 100));

    [Fact]
    public async Task All_messages_are_received_once()
    {
        using var data = new TempDirectory();
        await using var receiver = await Receiver.StartAsync();
        await using var silo = await SiloProcess.StartAsync(data.Path, receiver.Environment);
        var load = new Load(() => silo.Api);

        await load.SubmitAsync(0, Load.Messages, clients: 32);
        await Wait.UntilAsync(() => receiver.Distinct >= Load.Messages, $"{Load.Messages} messages are received", _patience);

        Assert.Equal(Load.Messages, receiver.Receipts.Count);
        Assert.All(receiver.Receipts, receipt => Assert.Equal(load.Accepted[receipt.Sequence], receipt.Id));
    }

    [Fact]
    public async Task What_a_message_says_arrives_byte_for_byte_with_its_headers()
    {
        using var data = new TempDirectory();
        var seen = new TaskCompletionSource<IHeaderDictionary>();
        await using var receiver = await Receiver.StartAsync((_, context) =>
        {
            seen.TrySetResult(new HeaderDictionary(context.Request.Headers.ToDictionary()));
            return Task.FromResult(200);
        });
        await using var silo = await SiloProcess.StartAsync(data.Path, receiver.Environment);
        const string Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        const string Payload = "{ \"n\": 1,\t\"text\": \"\\u00e9 é 🙂\", \"n2\": 1.50e+2 }";

        var sent = await silo.Api.SubmitAsync($$"""{"payload":{{Payload}},"correlationId":"é-1"}""", ("traceparent", Trace), ("tracestate", "vendor=1,other=2"), ("X-Correlation-Id", "unused"));
        await silo.Api.UntilStateAsync(sent.Is(202).Id, "delivered");

        var headers = await seen.Task;
        Assert.Equal(sent.Id, headers["webhook-id"]);
        Assert.Equal(sent.Id, headers["Idempotency-Key"]);
        Assert.Equal("1", headers["X-Attempt"]);
        Assert.Equal(Trace, headers["traceparent"]);
        Assert.Equal("vendor=1,other=2", headers["tracestate"]);
        Assert.Equal("%C3%A9-1", headers["X-Correlation-Id"]);
        Assert.Equal(Payload, receiver.Bodies.Single());
    }

    [Fact]
    public async Task With_a_flaky_receiver_all_sums_agree()
    {
        using var data = new TempDirectory();
        await using var receiver = await Receiver.StartAsync(FlakyAsync);
        await using var silo = await SiloProcess.StartAsync(
            data.Path,
            [.. receiver.Environment, ("Downstreams__default__TimeoutMs", "3000"), ("Downstreams__default__MaxConcurrency", "128"), ("BASE_BACKOFF_MS", "10"), ("MAX_RETRIES", "3"), ("Dlq__PollIntervalMs", "3600000")]);
        var load = new Load(() => silo.Api);

        await load.SubmitAsync(0, Load.Messages, clients: 32);
        await Wait.UntilAsync(
            () => silo.Api.GetAsync("/api/system/health"),
            health => health["queue"].GetProperty("completed").GetInt64() + health["queue"].GetProperty("failed").GetInt64() == Load.Messages,
            "every message has ended",
            _patience);

        var metrics = Exposition.Parse((await silo.Api.GetAsync("/metrics")).Text);
        var letters = (await silo.Api.GetAsync("/api/dlq/stats"))["total"].GetInt64();
        Assert.Equal(Load.Messages, receiver.Distinct + letters);
        Assert.Equal(receiver.Distinct, receiver.Receipts.Count(receipt => receipt.Status == 200));
        Assert.Equal(receiver.Distinct, metrics["stream_consumer_processed_total{status=\"success\"}"]);
        Assert.Equal(receiver.Receipts.Count(receipt => receipt.Status != 200), metrics["stream_consumer_processed_total{status=\"error\"}"]);
        Assert.Equal(receiver.Distinct, metrics["messages_ended_total{end=\"delivered\"}"]);
        Assert.Equal(letters, metrics.Sum("stream_dead_letter_total"));
        Assert.Equal(letters, metrics.Sum("dlq_messages_ingested_total"));
        Assert.Equal(Load.Messages, metrics["stream_enqueue_total"]);
        Assert.Equal(receiver.Receipts.Count - Load.Messages, metrics["retry_attempts_total"]);
        Assert.Equal(receiver.Receipts.Count, metrics["message_processing_duration_seconds_count"]);
    }

    [Fact]
    public async Task Many_clients_with_the_same_keys_make_one_message_a_key()
    {
        using var data = new TempDirectory();
        await using var receiver = await Receiver.StartAsync();
        await using var silo = await SiloProcess.StartAsync(data.Path, receiver.Environment);

        var loads = Enumerable.Range(0, 64).Select(_ => new Load(() => silo.Api)).ToArray();
        await Task.WhenAll(loads.Select(load => load.SubmitAsync(0, Load.Keys, clients: 1)));
        await Wait.UntilAsync(() => receiver.Distinct >= Load.Keys, "all are received", _patience);

        for (var key = 0; key < Load.Keys; key++) Assert.Single(loads.Select(load => load.Accepted[key]).Distinct());
        Assert.Equal(Load.Keys, loads.SelectMany(load => load.Accepted.Values).Distinct().Count());
        Assert.Equal(Load.Keys, receiver.Receipts.Count);
        var metrics = Exposition.Parse((await silo.Api.GetAsync("/metrics")).Text);
        Assert.Equal(Load.Keys, metrics["stream_enqueue_total"]);
        Assert.Equal(63 * Load.Keys, metrics.Sum("idempotency_hit_total"));
    }

    // 30 % answer 503, 2 % never answer.
    private static async Task<int> FlakyAsync(Receipt receipt, HttpContext context)
    {
        var luck = Random.Shared.NextDouble();
        if (luck < 0.02) await Task.Delay(Timeout.Infinite, context.RequestAborted);
        return luck < 0.32 ? 503 : 200;
    }
}
