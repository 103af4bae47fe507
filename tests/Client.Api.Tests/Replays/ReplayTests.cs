using System.Text.Json;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.Replays;

/// <summary>Replay jobs over HTTP: DQ6.</summary>
[Trait("Spec", "DQ6")]
public sealed class ReplayTests(SharedHost host) : IClassFixture<SharedHost>
{
    private const string Batch = "/api/dlq/replay-batch";

    private readonly ApiClient _api = host.Api;

    [Fact]
    public async Task A_dry_run_tells_what_the_job_then_does()
    {
        await DeadLetterAsync("dry", 4, "CLIENT_ERROR");
        await DeadLetterAsync("dry", 2, "VALIDATION_ERROR");
        await DeadLetterAsync("other", 1, "CLIENT_ERROR");

        var dry = (await _api.PostAsync(Batch, """{"filter":{"source":"dry"},"dryRun":true,"ratePerSecond":3}""")).Is(200);

        Assert.Equal((6, 2.0), (dry["matched"].GetInt64(), dry["estimatedSeconds"].GetDouble()));
        Assert.Equal(["default 6"], Counts(dry["byTarget"]));
        Assert.Equal(["CLIENT_ERROR 4", "VALIDATION_ERROR 2"], Counts(dry["byErrorType"]));
        Assert.Equal(5, dry["sample"].GetArrayLength());
        Assert.Equal("default", dry["sample"][0].GetProperty("target").GetString());
        Assert.Empty(dry["blockedBy"].EnumerateArray());

        var started = (await _api.PostAsync(Batch, """{"filter":{"source":"dry"},"ratePerSecond":1000,"reason":"try again"}""", ("X-Operator", "ann"))).Is(202);
        var id = started["jobId"].GetString()!;
        Assert.Equal("/api/replays/" + id, started.Headers.Location!.ToString());
        Assert.Equal(6, started["matched"].GetInt64());
        var done = await UntilAsync(id, "completed");
        // The simulated downstream fails them again.
        Assert.Equal((6, 0, 6, 0), (Number(done, "matched"), Number(done, "delivered"), Number(done, "failed"), Number(done, "skipped")));
        Assert.Equal(6, done["byTarget"][0].GetProperty("failed").GetInt64());
        Assert.Equal("try again", done["plan"].GetProperty("reason").GetString());
        var letters = (await _api.GetAsync("/api/dlq?source=dry"))["data"].EnumerateArray().ToArray();
        Assert.All(letters, letter => Assert.Equal(id, letter.GetProperty("replayAttempts")[0].GetProperty("jobId").GetString()));
        Assert.Equal(0, (await _api.GetAsync("/api/dlq?source=other"))["data"][0].GetProperty("replayAttempts").GetArrayLength());
    }

    [Fact]
    public async Task What_would_block_a_job_is_told_and_blocks_it()
    {
        await using var own = await ApiHost.StartAsync("Downstreams:held:Kind=Simulated", "Retry:MaxRetries=0");
        var sent = await own.Api.SubmitAsync("""{"payload":{"simulateError":true,"errorType":"CLIENT_ERROR"},"target":"held"}""");
        await own.Api.UntilStateAsync(sent.Is(202).Id, "deadLettered");
        (await own.Api.PostAsync("/admin/delivery/pause?name=held")).Is(200);

        var dry = (await own.Api.PostAsync(Batch, """{"filter":{},"dryRun":true}""")).Is(200);
        Assert.Equal("held paused", Block(dry["blockedBy"][0]));
        var id = (await own.Api.PostAsync(Batch, """{"filter":{}}""")).Is(202)["jobId"].GetString()!;
        var waiting = await Wait.UntilAsync(() => own.Api.GetAsync("/api/replays/" + id), job => job.State == "waiting", "waiting");
        Assert.Equal("held paused", Block(waiting["blockedBy"][0]));

        (await own.Api.PostAsync("/admin/delivery/resume?name=held")).Is(200);
        await Wait.UntilAsync(() => own.Api.GetAsync("/api/replays/" + id), job => job.State == "completed", "completed");

        static string Block(JsonElement block) => $"{block.GetProperty("target").GetString()} {block.GetProperty("reason").GetString()}";
    }

    [Fact]
    public async Task A_downstreams_off_peak_windows_hold_a_job_unless_it_ignores_them()
    {
        // A window that opens on holidays only, and no holidays.
        const string Calendar = """{"timeZone":"Europe/Berlin","windows":[{"days":["holiday"],"from":"00:00","to":"24:00"}],"holidays":[]}""";
        var put = (await _api.PutAsync("/api/downstreams/quiet", $$"""{"kind":"simulated","retry":{"maxRetries":0},"offPeak":{{Calendar}}}""")).Is(201);
        Assert.Equal("holiday", put["offPeak"].GetProperty("windows")[0].GetProperty("days")[0].GetString());
        var sent = await _api.SubmitAsync("""{"payload":{"simulateError":true,"errorType":"CLIENT_ERROR"},"target":"quiet"}""");
        await _api.UntilStateAsync(sent.Is(202).Id, "deadLettered");

        var dry = (await _api.PostAsync(Batch, """{"filter":{"target":"quiet"},"dryRun":true}""")).Is(200);
        Assert.Equal("windowClosed", dry["blockedBy"][0].GetProperty("reason").GetString());
        dry = (await _api.PostAsync(Batch, """{"filter":{"target":"quiet"},"dryRun":true,"ignoreWindows":true}""")).Is(200);
        Assert.Empty(dry["blockedBy"].EnumerateArray());
        var id = (await _api.PostAsync(Batch, """{"filter":{"target":"quiet"},"ignoreWindows":true}""")).Is(202)["jobId"].GetString()!;
        await UntilAsync(id, "completed");

        (await _api.PutAsync("/api/downstreams/quiet", """{"kind":"simulated","offPeak":{"timeZone":"Mars","windows":[{"from":"1","to":"2"}]}}"""))
            .IsProblem(400, "validation").Names("offPeak.timeZone").Names("offPeak.windows[0].from").Names("offPeak.windows[0].to");
    }

    [Fact]
    public async Task A_job_is_paused_resumed_cancelled_and_listed()
    {
        await DeadLetterAsync("steered", 30, "CLIENT_ERROR");
        var id = (await _api.PostAsync(Batch, """{"filter":{"source":"steered"},"ratePerSecond":1}""")).Is(202)["jobId"].GetString()!;

        var paused = (await _api.PostAsync($"/api/replays/{id}/pause", """{"reason":"lunch"}""", ("X-Operator", "bob"))).Is(200);
        Assert.Equal(("paused", "lunch", "bob"), (paused.State, paused["stateReason"].GetString(), paused["stateBy"].GetString()));
        Assert.Equal("running", (await _api.PostAsync($"/api/replays/{id}/resume")).Is(200).State);
        Assert.Equal("cancelled", (await _api.PostAsync($"/api/replays/{id}/cancel")).Is(200).State);
        (await _api.PostAsync($"/api/replays/{id}/resume")).IsProblem(409, "replay-ended");

        var list = (await _api.GetAsync("/api/replays?pageSize=500")).Is(200);
        Assert.Contains(list["data"].EnumerateArray(), job => job.GetProperty("jobId").GetString() == id);
        Assert.True(list["total"].GetInt64() >= 1);
        var audit = await _api.GetAsync("/api/audit?act=replay.pause");
        Assert.Equal(("bob", "lunch"), (audit["data"][0].GetProperty("who").GetString(), audit["data"][0].GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task Wrong_requests_are_refused()
    {
        (await _api.PostAsync(Batch, "{}")).IsProblem(400, "validation").Names("filter");
        (await _api.PostAsync(Batch)).IsProblem(415, "unsupported-media-type");
        (await _api.PostAsync(Batch, "[]")).IsProblem(400, "malformed-json");
        (await _api.PostAsync(Batch, """{"filter":{"colour":"red"}}""")).IsProblem(400, "validation").Names("filter.colour");
        (await _api.PostAsync(Batch, """{"filter":{"errorType":"NOPE"}}""")).IsProblem(400, "validation").Names("filter.errorType");
        (await _api.PostAsync(Batch, """{"filter":{"status":"dlq_resolved"}}""")).IsProblem(400, "validation").Names("filter.status");
        (await _api.PostAsync(Batch, """{"filter":{},"batchSize":0}""")).IsProblem(400, "validation").Names("batchSize");
        (await _api.PostAsync(Batch, """{"filter":{},"maxConcurrent":1001}""")).IsProblem(400, "validation").Names("maxConcurrent");
        (await _api.PostAsync(Batch, """{"filter":{},"ratePerSecond":0}""")).IsProblem(400, "validation").Names("ratePerSecond");
        (await _api.PostAsync(Batch, """{"filter":{},"ratePerSecond":5001}""")).IsProblem(400, "validation").Names("ratePerSecond");
        (await _api.PostAsync(Batch, """{"filter":{},"reason":""}""")).IsProblem(400, "validation").Names("reason");
        (await _api.PostAsync(Batch, $$$"""{"filter":{"q":"{{{new string('x', 256 * 1024)}}}"}}""")).IsProblem(413, "body-too-large");
        (await _api.PostAsync(Batch, """{"filter":{}}""", ("Sec-Fetch-Site", "cross-site"))).IsProblem(403, "forbidden");

        (await _api.GetAsync("/api/replays/nobody")).IsProblem(404, "replay-not-found");
        (await _api.GetAsync("/api/replays/00000000-0000-7000-8000-000000000000")).IsProblem(404, "replay-not-found");
        (await _api.PostAsync("/api/replays/00000000-0000-7000-8000-000000000000/pause")).IsProblem(404, "replay-not-found");
        (await _api.GetAsync("/api/replays?page=0")).IsProblem(400, "validation").Names("page");
        (await _api.PostAsync("/api/replays/00000000-0000-7000-8000-000000000000/pause", """{"reason":7}""")).IsProblem(400, "validation").Names("reason");
    }

    [Fact]
    public async Task No_more_jobs_run_than_may()
    {
        await using var own = await ApiHost.StartAsync("Replays:MaxRunning=1", "Retry:MaxRetries=0", "Replays:MaxTargets=1", "Downstreams:b:Kind=Simulated");
        foreach (var target in new[] { "default", "b" })
        {
            var sent = await own.Api.SubmitAsync($$$"""{"payload":{"simulateError":true,"errorType":"CLIENT_ERROR"},"target":"{{{target}}}"}""");
            await own.Api.UntilStateAsync(sent.Is(202).Id, "deadLettered");
        }

        (await own.Api.PostAsync(Batch, """{"filter":{}}""")).IsProblem(400, "validation").Names("filter");
        (await own.Api.PostAsync("/admin/delivery/pause")).Is(200);
        (await own.Api.PostAsync(Batch, """{"filter":{"target":"b"}}""")).Is(202);
        (await own.Api.PostAsync(Batch, """{"filter":{"target":"b"}}""")).IsProblem(409, "too-many-replays");
        (await own.Api.PostAsync(Batch, """{"filter":{"target":"b"},"dryRun":true}""")).Is(200);
    }

    private static string[] Counts(JsonElement counts) =>
        [.. counts.EnumerateArray().Select(count => $"{count.GetProperty("name").GetString()} {count.GetProperty("count").GetInt64()}")];

    private static long Number(Answer answer, string member) => answer[member].GetInt64();

    private Task<Answer> UntilAsync(string id, string state) =>
        Wait.UntilAsync(() => _api.GetAsync("/api/replays/" + id), job => job.Status == 200 && job.State == state, $"replay {id} is {state}");

    private async Task DeadLetterAsync(string source, int count, string error)
    {
        var messages = Enumerable.Repeat($$$"""{"payload":{"simulateError":true,"errorType":"{{{error}}}"},"source":"{{{source}}}"}""", count);
        var sent = (await _api.PostAsync("/api/messages/batch", $$"""{"messages":[{{string.Join(',', messages)}}]}""")).Is(202);
        foreach (var item in sent["data"].EnumerateArray()) await _api.UntilStateAsync(item.GetProperty("messageId").GetString()!, "deadLettered");
    }
}
