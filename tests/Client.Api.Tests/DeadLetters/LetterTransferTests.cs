using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DlqCluster.Api.Health;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.DeadLetters;

[Trait("Spec", "DQ10")]
public sealed class LetterTransferTests
{
    private const string Failing = """{"simulateError":true,"errorType":"CLIENT_ERROR"}""";

    [Fact]
    public async Task What_is_exported_is_imported_elsewhere_replayed_and_delivered()
    {
        await using var here = await ApiHost.StartAsync();
        await using var there = await ApiHost.StartAsync();
        var id = await DeadLetterAsync(here, "a");
        await DeadLetterAsync(here, "b");
        (await here.Api.PostAsync($"/api/dlq/{id}/notes", """{"text":"before"}""")).Is(200);

        var lines = (await here.Api.GetAsync("/api/dlq/export?source=a")).Is(200).Text;
        var answer = (await ImportAsync(there, lines, ("X-Operator", "ann"), ("X-Reason", "moved"))).Is(200);

        Assert.Single(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((1, 0, 0), Numbers(answer));
        Assert.Equal((0, 2, 0), Numbers((await ImportAsync(there, lines + "\n" + lines)).Is(200)));
        var letter = (await there.Api.GetAsync("/api/dlq/" + id)).Is(200);
        var original = await here.Api.GetAsync("/api/dlq/" + id);
        foreach (var member in (string[])["createdAt", "fingerprint", "errorReason", "originalMessage", "attempts", "status"])
            Assert.Equal(original[member].GetRawText(), letter[member].GetRawText());
        var history = letter["history"].EnumerateArray().Select(item => item.GetProperty("what").GetString());
        Assert.Equal(["accepted", "attempt", "deadLettered", "note", "imported"], history);
        Assert.Equal(1, (await there.Api.GetAsync("/api/audit?act=letter.import&who=ann")).Is(200)["data"][0].GetProperty("count").GetInt64());

        (await there.Api.PostAsync($"/api/dlq/{id}/replay", """{"payload":{}}""")).Is(202);
        await Wait.UntilAsync(() => there.Api.GetAsync("/api/dlq/" + id), l => l["status"].GetString() == "dlq_resolved", "delivered there");
        Assert.Equal("delivered", (await there.Api.GetAsync("/api/messages/" + id)).State);
    }

    [Fact]
    public async Task An_import_tells_by_line_what_is_wrong_and_takes_the_rest()
    {
        await using var host = await ApiHost.StartAsync("Dlq:MaxImportLetters=5", "Dlq:MaxImportLineBytes=100000");
        var line = (await ExportOneAsync(host)).Trim();
        var good = line.Replace(JsonDocument.Parse(line).RootElement.GetProperty("messageId").GetString()!, "0198c0de-0000-7000-8000-000000000001", StringComparison.Ordinal);
        string[] lines = ["{", good, "", "{\"messageId\":\"0198c0de-0000-7000-8000-000000000002\"}", good.Replace("\"generation\"", "\"generations\"", StringComparison.Ordinal), "null", good, good];

        var answer = (await ImportAsync(host, string.Join('\n', lines))).Is(200);

        Assert.Equal((1, 0, 5), Numbers(answer));
        Assert.Equal([1, 4, 5, 6, 7], answer["errors"].EnumerateArray().Select(error => error.GetProperty("line").GetInt32()));
        Assert.Contains("Dlq:MaxImportLetters", answer["errors"][4].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("byte", answer["errors"][2].GetProperty("error").GetString(), StringComparison.Ordinal);
        var tooLong = (await ImportAsync(host, new string('x', 200_000))).Is(200);
        Assert.Contains("Dlq:MaxImportLineBytes", tooLong["errors"][0].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal((0, 0, 0), Numbers((await ImportAsync(host, "")).Is(200)));
    }

    [Fact]
    public async Task Wrong_transfers_are_refused()
    {
        await using var host = await ApiHost.StartAsync();
        (await host.Api.GetAsync("/api/dlq/export?status=open")).IsProblem(400, "validation").Names("status");
        (await host.Api.GetAsync("/api/dlq/export?page=1")).IsProblem(400, "validation").Names("page");
        (await host.Api.PostAsync("/api/dlq/import", "{}")).IsProblem(415, "unsupported-media-type");
        (await ImportAsync(host, "", ("X-Reason", new string('x', 300)))).IsProblem(400, "validation").Names("reason");
        Assert.Equal("", (await host.Api.GetAsync("/api/dlq/export")).Is(200).Text);
    }

    [Fact]
    public async Task More_letters_than_a_page_are_exported_each_once()
    {
        await using var host = await ApiHost.StartAsync();
        var line = (await ExportOneAsync(host)).Trim();
        var id = JsonDocument.Parse(line).RootElement.GetProperty("messageId").GetString()!;
        var many = Enumerable.Range(1, 450).Select(number => line.Replace(id, $"0198c0de-0000-7000-8000-{number:x12}", StringComparison.Ordinal));
        Assert.Equal((450, 0, 0), Numbers((await ImportAsync(host, string.Join('\n', many))).Is(200)));

        var exported = (await host.Api.GetAsync("/api/dlq/export")).Is(200).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(451, exported.Select(text => JsonDocument.Parse(text).RootElement.GetProperty("messageId").GetString()).Distinct().Count());
        Assert.Equal(451, exported.Length);
    }

    [Fact]
    public async Task More_pending_letters_than_a_partition_should_have_degrade_the_health_and_refuse_nothing()
    {
        await using var host = await ApiHost.StartAsync("Dlq:MaxSize=1", "Partitions:Count=1", "Retry:MaxRetries=0");
        for (var i = 0; i < 2; i++)
        {
            var sent = await host.Api.SubmitAsync("""{"payload":{"simulateError":true,"errorType":"SERVER_ERROR"}}""");
            await host.Api.UntilStateAsync(sent.Is(202).Id, "deadLettered");
        }

        var health = await Wait.UntilAsync(() => host.Api.GetAsync("/api/health"), h => h["status"].GetString() == "degraded", "degraded");

        Assert.Equal(200, health.Status);
        Assert.Contains(health["stores"].EnumerateArray(), store => store.GetProperty("detail").GetString()?.Contains("Dlq:MaxSize", StringComparison.Ordinal) == true);
        (await host.Api.SubmitAsync("""{"payload":1}""")).Is(202);
        Assert.Null(DlqHealth.Judge(new Dictionary<int, long> { [0] = 5, [1] = 2 }, 5));
        Assert.Contains("the largest, 1, has 9", DlqHealth.Judge(new Dictionary<int, long> { [0] = 6, [1] = 9 }, 5), StringComparison.Ordinal);
    }

    private static (long, long, long) Numbers(Answer answer) => (answer["imported"].GetInt64(), answer["unchanged"].GetInt64(), answer["failed"].GetInt64());

    private static Task<Answer> ImportAsync(ApiHost host, string lines, params (string, string)[] headers)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(lines));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        return host.Api.SendAsync(HttpMethod.Post, "/api/dlq/import", content, headers);
    }

    private static async Task<string> ExportOneAsync(ApiHost host)
    {
        await DeadLetterAsync(host, "one");
        return (await host.Api.GetAsync("/api/dlq/export?source=one")).Is(200).Text;
    }

    private static async Task<string> DeadLetterAsync(ApiHost host, string source)
    {
        var sent = await host.Api.SubmitAsync($$"""{"payload":{{Failing}},"source":"{{source}}"}""");
        await host.Api.UntilStateAsync(sent.Is(202).Id, "deadLettered");
        return sent.Id;
    }
}
