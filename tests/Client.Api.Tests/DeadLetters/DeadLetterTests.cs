using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.DeadLetters;

public sealed class DeadLetterTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly ApiClient _api = shared.Api;

    [Fact]
    public async Task A_message_that_cannot_be_delivered_becomes_a_letter_with_all_that_is_known()
    {
        var id = await DeadLetterAsync("all", """{"simulateError":true,"errorType":"VALIDATION_ERROR"}""", "\"tags\":[\"blue\"],\"correlationId\":\"corr\"");

        var letter = await _api.GetAsync("/api/dlq/" + id);

        Assert.Equal(id, letter.Is(200).Id);
        Assert.Equal("VALIDATION_ERROR", letter["errorType"].GetString());
        Assert.Equal("dlq_manual", letter["status"].GetString());
        Assert.Equal("manual", letter["strategy"].GetString());
        Assert.Equal("VALIDATION_ERROR", letter["originalMessage"].GetProperty("payload").GetProperty("errorType").GetString());
        var metadata = letter["metadata"];
        Assert.Equal("all", metadata.GetProperty("source").GetString());
        Assert.Equal("blue", metadata.GetProperty("tags")[0].GetString());
        Assert.Equal("corr", metadata.GetProperty("correlationId").GetString());
        Assert.True(metadata.GetProperty("systemState").GetProperty("memoryBytes").GetInt64() > 0);
        Assert.Equal("deadLettered", (await _api.GetAsync("/api/messages/" + id)).State);
    }

    [Theory]
    [InlineData("0198c0de-0000-7000-8000-000000000000")]
    [InlineData("not-an-id")]
    public async Task What_is_not_there_is_not_found(string id)
    {
        (await _api.GetAsync("/api/dlq/" + id)).IsProblem(404, "letter-not-found");
        (await _api.PostAsync($"/api/dlq/{id}/replay")).IsProblem(404, "letter-not-found");
    }

    [Fact]
    public async Task Letters_are_found_by_every_filter()
    {
        var id = await DeadLetterAsync("filters", """{"simulateError":true,"errorType":"CLIENT_ERROR","note":"zebra crossing"}""", "\"tags\":[\"rare\"]");
        var letter = await _api.GetAsync("/api/dlq/" + id);
        var created = letter["createdAt"].GetDateTimeOffset();
        string[] filters =
        [
            "status=dlq_manual&source=filters", "errorType=CLIENT_ERROR&source=filters", "target=default&source=filters", "tag=rare",
            $"fingerprint={letter["fingerprint"].GetString()}&source=filters", "q=zebra%20cross", "source=filters&sort=errorType&order=asc",
            $"source=filters&from={created:yyyy-MM-ddTHH:mm:ss.fffZ}&to={created.AddSeconds(1):yyyy-MM-ddTHH:mm:ssZ}",
            $"source=filters&from={created.ToOffset(TimeSpan.FromHours(2)).AddSeconds(-1):yyyy-MM-ddTHH:mm:sszzz}",
        ];
        foreach (var filter in filters)
        {
            var answer = (await _api.GetAsync("/api/dlq?" + filter)).Is(200);
            Assert.True(answer["total"].GetInt64() == 1, $"{filter}: {answer}");
            Assert.Equal(id, answer["data"][0].GetProperty("messageId").GetString());
        }

        Assert.Equal(0, (await _api.GetAsync("/api/dlq?source=filters&status=dlq_resolved"))["total"].GetInt64());
    }

    [Fact]
    public async Task Pages_and_cursors_go_through_all_letters()
    {
        var ids = new List<string>();
        for (var i = 0; i < 5; i++) ids.Add(await DeadLetterAsync("pages", """{"simulateError":true,"errorType":"CLIENT_ERROR"}"""));

        var first = (await _api.GetAsync("/api/dlq?source=pages&sort=createdAt&order=asc&pageSize=2")).Is(200);
        var second = (await _api.GetAsync("/api/dlq?source=pages&sort=createdAt&order=asc&pageSize=2&page=2")).Is(200);
        var byCursor = await _api.GetAsync($"/api/dlq?source=pages&sort=createdAt&order=asc&pageSize=2&cursor={Uri.EscapeDataString(first["nextCursor"].GetString()!)}");
        var last = await _api.GetAsync("/api/dlq?source=pages&sort=createdAt&order=asc&pageSize=2&page=3");

        Assert.Equal(ids[..2], Ids(first));
        Assert.Equal(ids[2..4], Ids(second));
        Assert.Equal(ids[2..4], Ids(byCursor.Is(200)));
        Assert.Equal(ids[4..], Ids(last.Is(200)));
        Assert.Equal(5, first["total"].GetInt64());
        Assert.Equal(1, first["page"].GetInt32());
        Assert.Null(last["nextCursor"].GetString());
        Assert.Equal(ids[4], Ids(await _api.GetAsync("/api/dlq?source=pages"))[0]);
    }

    [Theory]
    [InlineData("x=1", "x")]
    [InlineData("status=pending", "status")]
    [InlineData("errorType=Oops", "errorType")]
    [InlineData("sort=payload", "sort")]
    [InlineData("sort=-createdAt", "sort")]
    [InlineData("order=up", "order")]
    [InlineData("page=0", "page")]
    [InlineData("page=x", "page")]
    [InlineData("pageSize=501", "pageSize")]
    [InlineData("from=yesterday", "from")]
    [InlineData("cursor=nonsense", "cursor")]
    [InlineData("cursor=a&page=2", "page")]
    [InlineData("source=a&source=b", "source")]
    public async Task Wrong_parameters_are_named(string query, string parameter) =>
        (await _api.GetAsync("/api/dlq?" + query)).IsProblem(400, "validation").Names(parameter);

    [Fact]
    public async Task Statistics_count()
    {
        await DeadLetterAsync("stats", """{"simulateError":true,"errorType":"CLIENT_ERROR"}""");

        var stats = (await _api.GetAsync("/api/dlq/stats")).Is(200);

        Assert.True(stats["total"].GetInt64() >= 1);
        Assert.True(stats["byStatus"].GetProperty("dlq_manual").GetInt64() >= 1);
        Assert.Equal(5, stats["byStatus"].EnumerateObject().Count());
        Assert.Contains(stats["topErrorTypes"].EnumerateArray(), type => type.GetProperty("name").GetString() == "CLIENT_ERROR");
        Assert.Contains(stats["bySource"].EnumerateArray(), source => source.GetProperty("name").GetString() == "stats");
    }

    [Fact]
    public async Task A_replay_with_another_payload_delivers_and_keeps_the_original()
    {
        var id = await DeadLetterAsync("replay", """{"simulateError":true,"errorType":"CLIENT_ERROR"}""");

        var answer = await _api.PostAsync($"/api/dlq/{id}/replay", """{"payload":{"repaired":true},"target":"default"}""", ("X-Operator", "ann"));

        Assert.Equal(1, answer.Is(202)["generation"].GetInt32());
        Assert.Equal(id, answer.Id);
        var letter = await Wait.UntilAsync(() => _api.GetAsync("/api/dlq/" + id), l => l["status"].GetString() == "dlq_resolved", "resolved");
        Assert.True(letter["originalMessage"].GetProperty("payload").GetProperty("simulateError").GetBoolean());
        var replay = letter["replayAttempts"][0];
        Assert.True(replay.GetProperty("payload").GetProperty("repaired").GetBoolean());
        Assert.Equal("ann", replay.GetProperty("by").GetString());
        Assert.Equal("delivered", (await _api.GetAsync("/api/messages/" + id)).State);
        (await _api.PostAsync($"/api/dlq/{id}/replay")).IsProblem(409, "letter-resolved");
    }

    [Fact]
    public async Task A_letter_tells_who_replayed_it_why_and_what_they_changed()
    {
        var id = await DeadLetterAsync("why", """{"simulateError":true,"errorType":"CLIENT_ERROR","order":{"sku":"A"}}""");

        (await _api.PostAsync($"/api/dlq/{id}/replay", """{"payload":{"order":{"sku":"B"}},"reason":"sku A is gone"}""", ("X-Operator", "ann"))).Is(202);

        var letter = await Wait.UntilAsync(() => _api.GetAsync("/api/dlq/" + id), l => l["status"].GetString() == "dlq_resolved", "resolved");
        var replay = letter["replayAttempts"][0];
        Assert.Equal(("ann", "sku A is gone", "operator"),
            (replay.GetProperty("by").GetString(), replay.GetProperty("reason").GetString(), replay.GetProperty("trigger").GetString()));
        var changes = replay.GetProperty("changes").EnumerateArray()
            .Select(change => $"{change.GetProperty("path").GetString()} {change.GetProperty("from").GetString()} {change.GetProperty("to").GetString()}");
        Assert.Equal(["/simulateError true ", "/errorType \"CLIENT_ERROR\" ", "/order/sku \"A\" \"B\""], changes);
    }

    [Fact]
    public async Task A_payload_that_is_edited_to_null_is_sent_as_null_and_not_as_it_was()
    {
        var id = await DeadLetterAsync("null", """{"simulateError":true,"errorType":"CLIENT_ERROR"}""");

        (await _api.PostAsync($"/api/dlq/{id}/replay", """{"payload":null}""")).Is(202);

        await Wait.UntilAsync(() => _api.GetAsync("/api/dlq/" + id), l => l["status"].GetString() == "dlq_resolved", "resolved");
    }

    [Fact]
    public async Task A_replay_under_way_is_not_started_again()
    {
        var id = await DeadLetterAsync("twice", """{"simulateError":true,"errorType":"CLIENT_ERROR"}""");

        (await _api.PostAsync($"/api/dlq/{id}/replay", """{"payload":{"latencyMs":2000}}""")).Is(202);

        (await _api.PostAsync($"/api/dlq/{id}/replay")).IsProblem(409, "letter-processing");
        Assert.Equal("admin", (await _api.GetAsync("/api/dlq/" + id))["replayAttempts"][0].GetProperty("by").GetString());
    }

    [Fact]
    public async Task Wrong_replays_are_refused()
    {
        var id = await DeadLetterAsync("wrong", """{"simulateError":true,"errorType":"CLIENT_ERROR"}""");
        var path = $"/api/dlq/{id}/replay";

        (await _api.PostAsync(path, """{"target":"nowhere"}""")).IsProblem(422, "unknown-target");
        (await _api.PostAsync(path, """{"target":7}""")).IsProblem(400, "validation").Names("target");
        (await _api.PostAsync(path, """{"target":""}""")).IsProblem(400, "validation").Names("target");
        (await _api.PostAsync(path, $$"""{"reason":"{{new string('x', 300)}}"}""")).IsProblem(400, "validation").Names("reason");
        (await _api.PostAsync(path, """{"payloads":7}""")).IsProblem(400, "validation").Names("payloads");
        (await _api.PostAsync(path, """{"target":"default","target":"default"}""")).IsProblem(400, "validation").Names("target");
        (await _api.PostAsync(path, "{")).IsProblem(400, "malformed-json");
        (await _api.PostAsync(path, "null")).IsProblem(400, "malformed-json");
        (await _api.PostAsync(path, "{}", ("X-Operator", new string('o', 300)))).IsProblem(400, "validation").Names("X-Operator");
        (await _api.PostAsync(path, $$"""{"payload":"{{new string('x', 256 * 1024)}}"}""")).IsProblem(413, "body-too-large");
        using var text = new StringContent("x");
        (await _api.SendAsync(HttpMethod.Post, path, text)).IsProblem(415, "unsupported-media-type");
        (await _api.PostAsync(path, null, ("Sec-Fetch-Site", "cross-site"))).IsProblem(403, "forbidden");
        Assert.Equal(0, (await _api.GetAsync("/api/dlq/" + id))["generation"].GetInt32());
    }

    [Fact]
    public async Task Payloads_may_nest_as_deep_as_the_limit_says_all_the_way()
    {
        await using var host = await ApiHost.StartAsync("Ingest:MaxDepth=1000");
        static string Nested(int levels) => new string('[', levels) + new string(']', levels);
        var sent = await host.Api.SubmitAsync($$$"""{"payload":{"simulateError":true,"errorType":"CLIENT_ERROR","deep":{{{Nested(998)}}}}}""");
        await host.Api.UntilStateAsync(sent.Is(202).Id, "deadLettered");

        Assert.Contains(Nested(998), (await host.Api.GetAsync("/api/dlq/" + sent.Id)).Is(200).Text, StringComparison.Ordinal);
        Assert.Contains(Nested(998), (await host.Api.GetAsync("/api/dlq")).Is(200).Text, StringComparison.Ordinal);
        (await host.Api.PostAsync($"/api/dlq/{sent.Id}/replay", $$$"""{"payload":{{{Nested(1000)}}}}""")).IsProblem(400, "malformed-json");
        (await host.Api.PostAsync($"/api/dlq/{sent.Id}/replay", $$$"""{"payload":{{{Nested(999)}}}}""")).Is(202);
    }

    private static string[] Ids(Answer answer) => [.. answer["data"].EnumerateArray().Select(letter => letter.GetProperty("messageId").GetString()!)];

    private async Task<string> DeadLetterAsync(string source, string payload, string more = "\"tags\":[]")
    {
        var sent = await _api.SubmitAsync($$"""{"payload":{{payload}},"source":"{{source}}",{{more}}}""");
        await _api.UntilStateAsync(sent.Is(202).Id, "deadLettered");
        return sent.Id;
    }
}
