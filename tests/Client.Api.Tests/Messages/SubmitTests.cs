using System.Net.Http.Headers;
using System.Text;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.Messages;

public sealed class SubmitTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private const string Path = "/api/messages";

    private readonly ApiClient _api = shared.Api;

    [Fact]
    public async Task A_message_is_accepted_with_its_id_and_where_to_look_for_it()
    {
        var answer = await _api.SubmitAsync("""{"payload":{"hello":"world"}}""");

        answer.Is(202);
        Assert.True(Guid.TryParse(answer.Id, out _));
        Assert.False(answer["idempotentHit"].GetBoolean());
        Assert.EndsWith("Z", answer["acceptedAt"].GetString(), StringComparison.Ordinal);
        Assert.Equal($"{Path}/{answer.Id}", answer.Headers.Location?.OriginalString);
        (await _api.GetAsync(answer.Headers.Location!.OriginalString)).Is(200);
    }

    [Fact]
    public async Task What_was_accepted_is_delivered_and_shows_its_fields_and_attempts()
    {
        var sent = await _api.SubmitAsync(
            """
            {"payload":{"failTimes":1},"target":"default","clientMessageId":"c-1","correlationId":"corr-1","source":"shop","priority":"high",
             "tags":["a","b"],"orderingKey":"k","expiresAt":"2099-01-01T00:00:00+02:00","retry":{"maxRetries":2,"baseBackoffMs":1,"maxBackoffMs":2,"jitterPercent":0}}
            """);

        var view = await _api.UntilStateAsync(sent.Is(202).Id, "delivered");
        Assert.Equal("shop", view["source"].GetString());
        Assert.Equal("c-1", view["clientMessageId"].GetString());
        Assert.Equal("corr-1", view["correlationId"].GetString());
        Assert.Equal("high", view["priority"].GetString());
        Assert.Equal(["a", "b"], view["tags"].EnumerateArray().Select(tag => tag.GetString()));
        Assert.Equal("2098-12-31T22:00:00.000Z", view["expiresAt"].GetString());
        var attempts = view["attempts"].EnumerateArray().ToArray();
        Assert.Equal(["transientFailure", "delivered"], attempts.Select(attempt => attempt.GetProperty("outcome").GetString()));
        Assert.Equal("UNKNOWN_ERROR", attempts[0].GetProperty("errorType").GetString());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("0")]
    [InlineData("\"text\"")]
    [InlineData("[1, 2 ,3]")]
    [InlineData("{\"a\": {\"b\": []}, \"a\": 1e400}")]
    public async Task Any_json_is_a_payload(string payload) => (await _api.SubmitAsync($$"""{"payload":{{payload}}}""")).Is(202);

    [Theory]
    [InlineData("target", "\"default\"")]
    [InlineData("clientMessageId", "null")]
    [InlineData("tags", "[]")]
    [InlineData("tags", "null")]
    [InlineData("retry", "null")]
    [InlineData("retry", "{}")]
    [InlineData("delayMs", "0")]
    [InlineData("priority", "\"critical\"")]
    [InlineData("deliverAt", "null")]
    public async Task Optional_fields_may_be_empty(string field, string value) => (await _api.SubmitAsync($$"""{"payload":1,"{{field}}":{{value}}}""")).Is(202);

    [Theory]
    [InlineData("target", "1")]
    [InlineData("target", "\"\"")]
    [InlineData("clientMessageId", "{}")]
    [InlineData("clientMessageId", "\"\"")]
    [InlineData("correlationId", "\"a\\u0000b\"")]
    [InlineData("correlationId", "\"a\\u0085b\"")]
    [InlineData("source", "\"\\ud800\"")]
    [InlineData("priority", "\"urgent\"")]
    [InlineData("priority", "2")]
    [InlineData("tags", "\"a\"")]
    [InlineData("orderingKey", "true")]
    [InlineData("deliverAt", "\"tomorrow\"")]
    [InlineData("deliverAt", "\"2099-01-01T00:00:00\"")]
    [InlineData("deliverAt", "\"2099-01-01\"")]
    [InlineData("deliverAt", "\"2099-01-01T00:00:00Z\"")]
    [InlineData("deliverAt", "\"2020-01-01T00:00:00Z\"")]
    [InlineData("delayMs", "-1")]
    [InlineData("delayMs", "1.5")]
    [InlineData("delayMs", "\"5\"")]
    [InlineData("delayMs", "2592000001")]
    [InlineData("delayMs", "99999999999999999999")]
    [InlineData("expiresAt", "\"2020-01-01T00:00:00Z\"")]
    [InlineData("retry", "3")]
    [InlineData("retry.maxRetries", "101", "\"retry\":{\"maxRetries\":101}")]
    [InlineData("retry.baseBackoffMs", "0", "\"retry\":{\"baseBackoffMs\":0}")]
    [InlineData("retry.maxBackoffMs", "x", "\"retry\":{\"maxBackoffMs\":1,\"baseBackoffMs\":2}")]
    [InlineData("retry.jitterPercent", "x", "\"retry\":{\"jitterPercent\":\"1\"}")]
    [InlineData("retry.more", "x", "\"retry\":{\"more\":1}")]
    [InlineData("retry.maxRetries", "x", "\"retry\":{\"maxRetries\":1,\"maxRetries\":1}")]
    [InlineData("tags[1]", "x", "\"tags\":[\"a\",\"\"]")]
    [InlineData("tags[2]", "x", "\"tags\":[\"a\",\"b\",null]")]
    [InlineData("target", "x", "\"target\":\"default\",\"target\":\"default\"")]
    [InlineData("targett", "x", "\"targett\":\"default\"")]
    [InlineData("Payload", "x", "\"Payload\":1")]
    [InlineData("payload", "x", "\"payload\":1")]
    public async Task A_wrong_field_is_named(string field, string value, string? members = null) =>
        (await _api.SubmitAsync($$"""{"payload":1,{{members ?? $"\"{field}\":{value}"}}}""")).IsProblem(400, "validation").Names(field);

    [Fact]
    public async Task All_wrong_fields_are_named_at_once()
    {
        var answer = await _api.SubmitAsync("""{"x":1,"priority":7,"delayMs":-1,"tags":[3],"deliverAt":"2020-01-01T00:00:00Z"}""");

        answer.IsProblem(400, "validation").Names("payload").Names("x").Names("priority").Names("delayMs").Names("tags[0]").Names("deliverAt");
    }

    [Fact]
    public async Task Times_must_fit_together()
    {
        var soon = DateTimeOffset.UtcNow.AddMinutes(5);
        (await _api.SubmitAsync($$"""{"payload":1,"delayMs":600000,"expiresAt":"{{soon:yyyy-MM-ddTHH:mm:ssZ}}"}""")).IsProblem(400, "validation").Names("expiresAt");
        (await _api.SubmitAsync($$"""{"payload":1,"delayMs":1,"deliverAt":"{{soon:yyyy-MM-ddTHH:mm:ssZ}}"}""")).IsProblem(400, "validation").Names("delayMs");
    }

    [Fact]
    public async Task Lengths_and_numbers_are_limited()
    {
        var tags = string.Join(',', Enumerable.Range(0, 33).Select(i => $"\"t{i}\""));
        (await _api.SubmitAsync($$"""{"payload":1,"tags":[{{tags}}]}""")).IsProblem(400, "validation").Names("tags");
        (await _api.SubmitAsync($$"""{"payload":1,"source":"{{new string('s', 257)}}"}""")).IsProblem(400, "validation").Names("source");
        (await _api.SubmitAsync($$"""{"payload":1,"tags":["{{new string('s', 257)}}"]}""")).IsProblem(400, "validation").Names("tags[0]");
        (await _api.SubmitAsync($$"""{"payload":1,"source":"{{new string('s', 256)}}"}""")).Is(202);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"payload\":1}}")]
    [InlineData("{\"payload\":1} {\"payload\":1}")]
    [InlineData("{\"payload\":01}")]
    [InlineData("{payload:1}")]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("{\"payload\":1,}")]
    public async Task What_is_no_json_object_is_malformed(string body) => (await _api.SubmitAsync(body)).IsProblem(400, "malformed-json");

    [Fact]
    public async Task Nesting_has_a_limit()
    {
        static string Nested(int levels) => $$"""{"payload":{{new string('[', levels)}}{{new string(']', levels)}}}""";
        (await _api.SubmitAsync(Nested(63))).Is(202);
        (await _api.SubmitAsync(Nested(64))).IsProblem(400, "malformed-json");
        (await _api.SubmitAsync(Nested(100_000))).IsProblem(400, "malformed-json");
    }

    [Fact]
    public async Task Bytes_that_are_no_utf8_are_refused()
    {
        using var content = new ByteArrayContent([.. "{\"payload\":\""u8, 0xFF, .. "\"}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        (await _api.SendAsync(HttpMethod.Post, Path, content)).IsProblem(400, "malformed-json");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/x-ndjson")]
    [InlineData(null)]
    public async Task Other_content_types_are_refused(string? contentType)
    {
        using var content = new ByteArrayContent("""{"payload":1}"""u8.ToArray());
        if (contentType is not null) content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        (await _api.SendAsync(HttpMethod.Post, Path, content)).IsProblem(415, "unsupported-media-type");
    }

    [Theory]
    [InlineData("application/json; charset=UTF-8")]
    [InlineData("Application/JSON")]
    [InlineData("application/cloudevents+json")]
    public async Task Json_by_its_other_names_is_accepted(string contentType)
    {
        using var content = new ByteArrayContent("""{"payload":1}"""u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        (await _api.SendAsync(HttpMethod.Post, Path, content)).Is(202);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bodies_over_the_limit_are_refused_whether_or_not_they_say_so(bool chunked)
    {
        (await SendSizedAsync(256 * 1024, chunked)).Is(202);
        (await SendSizedAsync((256 * 1024) + 1, chunked)).IsProblem(413, "body-too-large");
        (await SendSizedAsync(5 * 1024 * 1024, chunked)).IsProblem(413, "body-too-large");
    }

    [Fact]
    public async Task An_unknown_target_is_unprocessable() =>
        (await _api.SubmitAsync("""{"payload":1,"target":"nowhere"}""")).IsProblem(422, "unknown-target").Names("target");

    [Fact]
    public async Task The_correlation_id_comes_from_the_header_where_the_message_has_none()
    {
        var byHeader = await _api.SubmitAsync("""{"payload":1}""", ("X-Correlation-Id", "from-header"));
        var byBody = await _api.SubmitAsync("""{"payload":1,"correlationId":"own"}""", ("X-Correlation-Id", "from-header"));

        Assert.Equal("from-header", (await _api.GetAsync($"{Path}/{byHeader.Id}"))["correlationId"].GetString());
        Assert.Equal("own", (await _api.GetAsync($"{Path}/{byBody.Id}"))["correlationId"].GetString());
    }

    [Theory]
    [InlineData("Idempotency-Key")]
    [InlineData("X-Correlation-Id")]
    public async Task Headers_have_the_limits_of_fields(string header) =>
        (await _api.SubmitAsync("""{"payload":1}""", (header, new string('k', 257)))).IsProblem(400, "validation").Names(header);

    private async Task<Answer> SendSizedAsync(int size, bool chunked)
    {
        const string Frame = """{"payload":""}""";
        var body = Encoding.ASCII.GetBytes(Frame.Insert(Frame.Length - 2, new string('x', size - Frame.Length)));
        using HttpContent content = chunked ? new StreamContent(new MemoryStream(body)) : new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        (string, string)[] headers = chunked ? [("Transfer-Encoding", "chunked")] : [];
        return await _api.SendAsync(HttpMethod.Post, Path, content, headers);
    }
}
