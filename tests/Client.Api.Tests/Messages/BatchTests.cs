using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.Messages;

public sealed class BatchTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private const string Path = "/api/messages/batch";

    private readonly ApiClient _api = shared.Api;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task All_accepted_is_202_in_order(bool lines)
    {
        var answer = await SendAsync(lines, Enumerable.Range(0, 200).Select(i => $$"""{"payload":{{i}},"clientMessageId":"order-{{lines}}-{{i}}"}"""));

        var items = answer.Is(202)["data"].EnumerateArray().ToArray();
        Assert.Equal(Enumerable.Range(0, 200), items.Select(item => item.GetProperty("index").GetInt32()));
        Assert.All(items, item => Assert.Equal(202, item.GetProperty("status").GetInt32()));
        for (var i = 0; i < items.Length; i += 50)
        {
            var view = await _api.GetAsync("/api/messages/" + items[i].GetProperty("messageId").GetString());
            Assert.Equal($"order-{lines}-{i}", view.Is(200)["clientMessageId"].GetString());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Some_refused_is_207_and_each_says_why(bool lines)
    {
        var large = $$"""{"payload":"{{new string('x', 256 * 1024)}}"}""";
        string[] messages = ["""{"payload":1}""", """{"payload":1,"x":2}""", """{"payload":1,"target":"nowhere"}""", large, "7", """{"payload":2}"""];

        var items = (await SendAsync(lines, messages)).Is(207)["data"].EnumerateArray().ToArray();

        Assert.Equal([202, 400, 422, 413, 400, 202], items.Select(item => item.GetProperty("status").GetInt32()));
        Assert.Equal("/problems/unknown-target", items[2].GetProperty("error").GetProperty("type").GetString());
        Assert.True(items[1].GetProperty("error").GetProperty("errors").TryGetProperty("x", out _));
        Assert.False(items[1].TryGetProperty("messageId", out _));
        Assert.False(items[0].TryGetProperty("error", out _));
    }

    [Fact]
    public async Task A_malformed_line_is_that_lines_trouble()
    {
        var items = (await SendLinesAsync("{\"payload\":1}\r\n\n{oops\n  {\"payload\":2} trailing\n{\"payload\":3}")).Is(207)["data"].EnumerateArray().ToArray();
        Assert.Equal([202, 400, 400, 202], items.Select(item => item.GetProperty("status").GetInt32()));
    }

    [Fact]
    public async Task Repeats_inside_a_batch_follow_each_other()
    {
        string[] messages = ["""{"payload":1,"clientMessageId":"in-batch"}""", """{"payload":1,"clientMessageId":"in-batch"}""", """{"payload":2,"clientMessageId":"in-batch"}"""];

        var items = (await SendAsync(false, messages)).Is(207)["data"].EnumerateArray().ToArray();

        Assert.Equal([202, 202, 422], items.Select(item => item.GetProperty("status").GetInt32()));
        Assert.Equal([false, true], items[..2].Select(item => item.GetProperty("idempotentHit").GetBoolean()));
        Assert.Equal(items[0].GetProperty("messageId").GetString(), items[1].GetProperty("messageId").GetString());
    }

    [Fact]
    public async Task A_key_for_the_batch_makes_its_repeat_a_repeat()
    {
        const string Body = """{"messages":[{"payload":1},{"payload":1}]}""";
        var first = Ids(await _api.PostAsync(Path, Body, ("Idempotency-Key", "batch")));
        var second = Ids(await _api.PostAsync(Path, Body, ("Idempotency-Key", "batch")));

        Assert.Equal(first, second);
        Assert.NotEqual(first[0], first[1]);
    }

    [Theory]
    [InlineData("{\"messages\":[{\"payload\":1}]", "malformed-json")]
    [InlineData("{\"messages\":[{\"payload\":1},]}", "malformed-json")]
    [InlineData("[]", "malformed-json")]
    [InlineData("", "malformed-json")]
    [InlineData("{\"messages\":[]}", "validation")]
    [InlineData("{\"messages\":{}}", "validation")]
    [InlineData("{}", "validation")]
    [InlineData("{\"messages\":[{\"payload\":1}],\"x\":1}", "validation")]
    [InlineData("{\"messages\":[{\"payload\":1}],\"messages\":[]}", "validation")]
    public async Task A_batch_that_is_none_is_refused_as_a_whole(string body, string type) => (await _api.PostAsync(Path, body)).IsProblem(400, type);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_batch_has_limits(bool lines)
    {
        (await SendAsync(lines, Enumerable.Repeat("""{"payload":1}""", 1_001))).IsProblem(413, "batch-too-large");
        (await SendAsync(lines, Enumerable.Repeat($$"""{"payload":"{{new string('x', 200_000)}}"}""", 43))).IsProblem(413, "body-too-large");
    }

    [Fact]
    public async Task Other_content_types_are_refused()
    {
        using var content = new StringContent("{\"messages\":[]}", Encoding.UTF8, "text/plain");
        (await _api.SendAsync(HttpMethod.Post, Path, content)).IsProblem(415, "unsupported-media-type");
    }

    private static string?[] Ids(Answer answer) => [.. answer.Is(202)["data"].EnumerateArray().Select((JsonElement item) => item.GetProperty("messageId").GetString())];

    private Task<Answer> SendAsync(bool lines, IEnumerable<string> messages) =>
        lines ? SendLinesAsync(string.Join('\n', messages) + "\n") : _api.PostAsync(Path, $$"""{"messages":[{{string.Join(',', messages)}}]}""");

    private async Task<Answer> SendLinesAsync(string text)
    {
        using var content = new StringContent(text, Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        return await _api.SendAsync(HttpMethod.Post, Path, content);
    }
}
