using System.Collections.Concurrent;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Silo.Telemetry;

namespace DlqCluster.Api.Tests.Traces;

/// <summary>A message's life as a trace, seen by a collector, over a crash.</summary>
[Trait("Spec", "OB2")]
public sealed class TraceTests
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string ClientSpan = "00f067aa0ba902b7";

    [Fact]
    public async Task A_message_is_one_trace_from_its_request_over_retries_a_crash_and_the_dead_letter_queue_to_its_replay()
    {
        using var data = new TempDirectory();
        await using var collector = await OtlpReceiver.StartAsync();
        var isBack = new TaskCompletionSource();
        var isWell = false;
        var headers = new ConcurrentQueue<(string Parent, string State)>();
        await using var receiver = await Receiver.StartAsync(async (_, context) =>
        {
            headers.Enqueue((context.Request.Headers.TraceParent.ToString(), context.Request.Headers.TraceState.ToString()));
            // The second attempt does not end before the crash.
            if (headers.Count > 1) await isBack.Task.WaitAsync(context.RequestAborted);
            return Volatile.Read(ref isWell) ? 200 : 503;
        });
        (string, string)[] environment = [.. receiver.Environment, .. collector.Environment, ("MAX_RETRIES", "1"), ("BASE_BACKOFF_MS", "200")];
        var silo = await SiloProcess.StartAsync(data.Path, environment);
        var sent = await silo.Api.SubmitAsync("""{"payload":{"n":1}}""", ("traceparent", $"00-{TraceId}-{ClientSpan}-01"), ("tracestate", "vendor=1"));
        // Recorded as well as exported: what a crash forgets is attempted anew.
        await Wait.UntilAsync(() => silo.Api.GetAsync("/api/messages/" + sent.Is(202).Id), static message => message["attempts"].GetArrayLength() > 0, "the first attempt is recorded");
        await UntilAsync(collector, spans => spans.Any(span => span.Name == "deliver"));
        await silo.KillAsync();
        await silo.DisposeAsync();

        isBack.SetResult();
        silo = await SiloProcess.StartAsync(data.Path, environment);
        await silo.Api.UntilStateAsync(sent.Id, "deadLettered");
        Volatile.Write(ref isWell, true);
        (await silo.Api.PostAsync($"/api/dlq/{sent.Id}/replay", "{}")).Is(202);
        await silo.Api.UntilStateAsync(sent.Id, "delivered");
        await UntilAsync(collector, spans => spans.Count(span => span.Name == "deliver") == 3 && spans.Any(IsReplayRequest) && spans.Any(span => span.Name == "replay"));
        await silo.DisposeAsync();

        var spans = collector.Spans;
        var accept = Assert.Single(spans, span => span.Name == "accept");
        var request = Assert.Single(spans, span => span.SpanId == accept.ParentId);
        Assert.Equal((TraceId, ClientSpan, "vendor=1"), (request.TraceId, request.ParentId, request.State));
        Assert.Equal("/api/messages", request.Tags["url.path"].TrimEnd('/'));
        var attempts = spans.Where(span => span.Name == "deliver").ToArray();
        var deadLetter = Assert.Single(spans, span => span.Name == "dead-letter");
        var replay = Assert.Single(spans, span => span.Name == "replay");
        Assert.All([accept, deadLetter, replay, .. attempts], span => Assert.Equal((TraceId, "vendor=1"), (span.TraceId, span.State)));
        Assert.Equal([accept.SpanId, accept.SpanId, replay.SpanId], attempts.Select(span => span.ParentId));
        Assert.Equal([accept.SpanId, accept.SpanId], [deadLetter.ParentId, replay.ParentId]);

        Assert.Empty(attempts[0].Links);
        Assert.Equal([attempts[0].SpanId], attempts[1].Links);
        Assert.Equal([attempts[1].SpanId], attempts[2].Links);
        Assert.Equal([attempts[1].SpanId], deadLetter.Links);
        Assert.Equal([spans.Single(IsReplayRequest).SpanId], replay.Links);

        Assert.Equal(["503", "503", "200"], attempts.Select(span => span.Tags["http.response.status_code"]));
        Assert.All(attempts, span => Assert.Equal(sent.Id, span.Tags["messaging.message.id"]));
        Assert.Equal(($"00-{TraceId}-{attempts[2].SpanId}-01", "vendor=1"), headers.Last());
    }

    [Theory]
    [InlineData("01", "always_off")]
    [InlineData("00", "parentbased_always_on")]
    public async Task What_is_not_sampled_is_not_exported_and_the_downstream_is_told(string flags, string sampler)
    {
        using var data = new TempDirectory();
        await using var collector = await OtlpReceiver.StartAsync();
        var parent = new TaskCompletionSource<string>();
        await using var receiver = await Receiver.StartAsync((_, context) =>
        {
            parent.TrySetResult(context.Request.Headers.TraceParent.ToString());
            return Task.FromResult(200);
        });
        await using (var silo = await SiloProcess.StartAsync(data.Path, [.. receiver.Environment, .. collector.Environment, ("OTEL_TRACES_SAMPLER", sampler)]))
        {
            var sent = await silo.Api.SubmitAsync("""{"payload":{"n":1}}""", ("traceparent", $"00-{TraceId}-{ClientSpan}-{flags}"));
            await silo.Api.UntilStateAsync(sent.Is(202).Id, "delivered");
            // A stop sends what there is to send.
            Assert.Equal(0, await silo.TerminateAsync());
        }

        Assert.DoesNotContain(collector.Spans, span => span.TraceId == TraceId);
        Assert.StartsWith($"00-{TraceId}-", await parent.Task, StringComparison.Ordinal);
        Assert.EndsWith("-00", await parent.Task, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true, "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317")]
    [InlineData(true, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c:4317")]
    [InlineData(true, "OTEL_TRACES_EXPORTER=otlp")]
    [InlineData(false, "OTEL_TRACES_EXPORTER=none", "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317")]
    [InlineData(false, "OTEL_SDK_DISABLED=true", "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317")]
    public void The_environment_says_whether_there_are_traces(bool wanted, params string[] variables)
    {
        var environment = variables.Select(static variable => variable.Split('=', 2)).ToDictionary(static pair => pair[0], static pair => pair[1]);
        Assert.Equal(wanted, TraceExport.IsWanted(environment.GetValueOrDefault));
    }

    private static bool IsReplayRequest(Span span) => span.Tags.TryGetValue("url.path", out var path) && path.EndsWith("/replay", StringComparison.Ordinal);

    private static Task UntilAsync(OtlpReceiver collector, Func<IReadOnlyCollection<Span>, bool> isRight) =>
        Wait.UntilAsync(() => isRight(collector.Spans), "the collector has the spans");
}
