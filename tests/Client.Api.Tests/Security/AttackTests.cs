using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.Security;

/// <summary>Attacks, each tried on the running service; docs/security.md tells them with what happened. After each the service still works.</summary>
[Trait("Spec", "OP2")]
public sealed class AttackTests(SharedHost host) : IClassFixture<SharedHost>
{
    private const string Json = "Content-Type: application/json\r\n";

    [Fact]
    public async Task A_body_of_100_MB_is_refused_before_it_is_sent() =>
        await AssertAsync("413", $"POST /api/messages HTTP/1.1\r\nHost: localhost\r\n{Json}Content-Length: 104857600\r\n\r\n");

    [Fact]
    public async Task A_header_of_10_MB_is_refused() =>
        await AssertAsync("431", "GET /api/dlq HTTP/1.1\r\nHost: localhost\r\nX-Big: " + new string('x', 10 * 1024 * 1024));

    [Fact]
    public async Task A_thousand_headers_are_refused() =>
        await AssertAsync("431", "GET /api/dlq HTTP/1.1\r\nHost: localhost\r\n" + string.Concat(Enumerable.Range(0, 1_000).Select(i => $"X-{i}: 1\r\n")));

    [Fact]
    public async Task An_address_of_100_KB_is_refused() =>
        await AssertAsync("414", "GET /api/dlq?q=" + new string('x', 100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");

    [Theory]
    [InlineData("TRACE /api/dlq", "405")]
    [InlineData("GET /api/messages/..%2f..%2fetc%2fpasswd", "404")]
    [InlineData("GET /api/messages/../../../etc/passwd", "404")]
    [InlineData("GET /assets/..%2fappsettings.json", "404")]
    [InlineData("GET /assets/..%5c..%5cappsettings.json", "404")]
    [InlineData("GET /assets/%00", "400")]
    [InlineData("GET /docs/..%2f..%2fappsettings.json", "404")]
    [InlineData("GET /docs/../appsettings.json", "404")]
    [InlineData("GET /api/dlq/%0d%0aSet-Cookie:x=1", "404")]
    public async Task Paths_lead_nowhere_else(string line, string status) => await AssertAsync(status, $"{line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");

    [Theory]
    [InlineData(100_000)]
    [InlineData(65)]
    public async Task JSON_that_is_nested_too_deep_is_refused(int depth) =>
        (await host.Api.SubmitAsync($$"""{"payload":{{new string('[', depth)}}{{new string(']', depth)}}}""")).IsProblem(400, "malformed-json");

    [Fact]
    public async Task A_member_given_twice_is_refused() =>
        (await host.Api.SubmitAsync("""{"payload":1,"target":"default","target":"other"}""")).IsProblem(400, "validation").Names("target");

    [Fact]
    public async Task Bytes_that_are_no_UTF8_are_refused()
    {
        byte[] body = [.. "{\"payload\":\""u8, 0xC3, 0x28, .. "\"}"u8];
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        (await host.Api.SendAsync(HttpMethod.Post, "/api/messages", content)).IsProblem(400, "malformed-json");
    }

    [Theory]
    [InlineData("correlationId", @"a\r\n2026-01-01 crit: forged")]
    [InlineData("source", @"a\u001b[31mred")]
    [InlineData("clientMessageId", @"a\u0000b")]
    public async Task Text_that_would_forge_a_line_of_the_log_is_refused(string field, string value) =>
        (await host.Api.SubmitAsync($$"""{"payload":1,"{{field}}":"{{value}}"}""")).IsProblem(400, "validation").Names(field);

    [Fact]
    public async Task A_payload_forges_no_line_of_an_export_and_runs_in_no_browser()
    {
        const string evil = """<script>alert(1)</script>\n{\"messageId\":\"forged\"}\u2028=cmd|' /C calc'!A0""";
        var sent = await host.Api.SubmitAsync($$"""{"payload":{"simulateError":true,"errorType":"CLIENT_ERROR","evil":"{{evil}}"},"source":"export-attack"}""");
        await host.Api.UntilStateAsync(sent.Is(202).Id, "deadLettered");

        var export = (await host.Api.GetAsync("/api/dlq/export?source=export-attack")).Is(200);
        var shown = (await host.Api.GetAsync("/api/dlq/" + sent.Id)).Is(200);

        var line = Assert.Single(export.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(sent.Id, JsonDocument.Parse(line).RootElement.GetProperty("messageId").GetString());
        Assert.StartsWith("application/json", shown.ContentType, StringComparison.Ordinal);
        Assert.Equal("nosniff", shown.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.StartsWith("default-src 'none'", shown.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_console_runs_no_script_but_its_own_and_stands_in_no_frame()
    {
        using var page = await host.Api.Http.GetAsync(new Uri("/", UriKind.Relative));
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_method_in_a_header_is_no_method()
    {
        (await host.Api.PutAsync("/api/downstreams/kept", """{"kind":"simulated"}""")).Is(201);
        (await host.Api.SendAsync(HttpMethod.Get, "/api/downstreams/kept", headers: [("X-HTTP-Method-Override", "DELETE")])).Is(200);
        (await host.Api.GetAsync("/api/downstreams/kept")).Is(200);
    }

    [Theory]
    [InlineData(@"""a\r\nX-Evil: 1""")]
    [InlineData(@"""tab\u0009""")]
    [InlineData("\"\\u00fc\"")]
    public async Task A_header_of_a_downstream_cannot_become_two(string value) =>
        (await host.Api.PutAsync("/api/downstreams/split", $$$"""{"kind":"http","url":"https://a.example/","headers":{"X-A":{{{value}}}}}""")).IsProblem(400, "validation").Names("headers");

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://127.0.0.1:6379/_FLUSHALL")]
    [InlineData("http://user:password@shop.example/")]
    [InlineData("//shop.example/")]
    public async Task A_downstream_is_HTTP_and_bears_no_password_in_its_address(string url) =>
        (await host.Api.PutAsync("/api/downstreams/odd", $$"""{"kind":"http","url":"{{url}}"}""")).IsProblem(400, "validation").Names("url");

    private async Task AssertAsync(string status, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(host.Api.Address.Host, host.Api.Address.Port);
        var stream = client.GetStream();
        var answering = ReadStatusAsync(stream);
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        }
        catch (IOException)
        {
            // It has heard enough; what it said is read below.
        }

        Assert.Equal(status, await answering);
        (await host.Api.GetAsync("/api/health/ready")).Is(200);
    }

    private static async Task<string> ReadStatusAsync(NetworkStream stream)
    {
        var buffer = new byte[12];
        await stream.ReadExactlyAsync(buffer);
        return Encoding.ASCII.GetString(buffer)[9..];
    }
}
