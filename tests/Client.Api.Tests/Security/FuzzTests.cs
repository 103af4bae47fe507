using System.Globalization;
using System.Text;
using DlqCluster.Api.OpenApi;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Downstreams;
using DlqCluster.Messages;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Api.Tests.Security;

/// <summary>
/// Requests that are almost right, to every endpoint: each gets an answer, and none an error of the service's own. DLQ_FUZZ says how many,
/// DLQ_FUZZ_SEED which, and DLQ_FUZZ_AT the address of a service that runs by itself, where its memory can be watched. That one sends what it
/// accepts: give it a network that leads nowhere.
/// </summary>
[Trait("Spec", "OP2")]
public sealed class FuzzTests
{
    private const int Usual = 1_500;
    private const int AtOnce = 8;

    // What may be kept of the last three quarters of the requests, if there are more than usual: nothing of them, and that in less than this.
    private const long MaxGrowth = 16 << 20;

    private static readonly string[] _texts =
    [
        "", "x", "0", "-1", "1e309", "99999999999999999999", "true", "null", "[]", "{}", "\"", "\\", "../..", "%00", "%ff", "%2e%2e%2f", "a b", "ü", "😀",
        "<script>", "' OR 1=1 --", "{{7*7}}", "${jndi:ldap://x}", "2026-13-45T99:99:99Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "NaN", "-0", "\u2028",
        "01a20116-5519-70ea-ac93-15dc670728a6", "01a2011655197acd93ac15dc670728a6", "default", "Retry:MaxRetries",
    ];

    private static readonly string[] _parameters =
        ["page", "pageSize", "cursor", "q", "status", "errorType", "from", "to", "sort", "by", "name", "target", "orderingKey", "who", "act", "tag", "messages", "blocked", "x"];

    private static readonly string[] _headers =
        ["Idempotency-Key", "X-Correlation-Id", "X-Operator", "X-Reason", "traceparent", "tracestate", "Content-Encoding", "Accept", "Range", "If-None-Match", "Expect", "Accept-Encoding"];

    [Fact]
    public async Task Every_request_gets_an_answer_and_none_an_error_of_the_services_own()
    {
        await using var host = await ApiHost.StartAsync(builder => builder.Services.AddSingleton<IDownstreamSender, NoSender>(), "Ingest:MaxBodyBytes=65536");
        var endpoints = host.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>() is not null && endpoint.RoutePattern.RawText != "/api/events").ToArray();
        var count = Number("DLQ_FUZZ", Usual);
        var seed = Number("DLQ_FUZZ_SEED", 1);
        using var elsewhere = Environment.GetEnvironmentVariable("DLQ_FUZZ_AT") is { } address ? new ApiClient(new Uri(address)) : null;
        var api = elsewhere ?? host.Api;
        var memory = 0L;
        for (var i = 0; i < count; i += AtOnce)
        {
            var batch = Enumerable.Range(i, AtOnce).Select(number => SendAsync(api.Http, endpoints, new Random((seed * 1_000_003) + number), number));
            Assert.Equal([], (await Task.WhenAll(batch)).OfType<string>());
            if (i / AtOnce == count / AtOnce / 4) memory = GC.GetTotalMemory(forceFullCollection: true);
        }

        var growth = GC.GetTotalMemory(forceFullCollection: true) - memory;
        TestContext.Current.TestOutputHelper?.WriteLine($"{count} requests; {memory >> 10} KiB after a quarter, {growth >> 10} KiB more at the end");
        // The usual run shares its process with others.
        Assert.True(count <= Usual || growth < MaxGrowth, $"{growth} bytes more are in use at the end than after a quarter.");
        (await api.GetAsync("/api/health/ready")).Is(200);
    }

    private static int Number(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private static async Task<string?> SendAsync(HttpClient http, RouteEndpoint[] endpoints, Random random, int number)
    {
        using var request = Make(endpoints[random.Next(endpoints.Length)], random);
        var what = $"{number}: {request.Method} {request.RequestUri}";
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await response.Content.CopyToAsync(Stream.Null);
        return (int)response.StatusCode is 500 or 501 or 502 or > 503 ? $"{what} -> {(int)response.StatusCode}" : null;
    }

    private static HttpRequestMessage Make(RouteEndpoint endpoint, Random random)
    {
        var path = endpoint.RoutePattern.RawText!;
        foreach (var parameter in endpoint.RoutePattern.Parameters)
            path = path.Replace($"{{{parameter.Name}}}", Uri.EscapeDataString(Pick(_texts, random) is { Length: > 0 } text ? text : "x"), StringComparison.Ordinal);
        var query = Enumerable.Range(0, random.Next(4)).Select(_ => $"{Pick(_parameters, random)}={Uri.EscapeDataString(Pick(_texts, random))}");
        var method = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods[0];
        var request = new HttpRequestMessage(new HttpMethod(method), path + "?" + string.Join('&', query));
        for (var i = random.Next(3); i > 0; i--) request.Headers.TryAddWithoutValidation(Pick(_headers, random), Ascii(Pick(_texts, random)));
        if (method is "GET" || random.Next(10) == 0) return request;
        request.Content = new ByteArrayContent(Mutate(Encoding.UTF8.GetBytes(endpoint.Metadata.GetMetadata<BodySample>()?.Sample ?? "{}"), random));
        var type = endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes[0] ?? "application/json";
        request.Content.Headers.TryAddWithoutValidation("Content-Type", random.Next(12) == 0 ? Ascii(Pick(_texts, random)) : type);
        return request;
    }

    private static byte[] Mutate(byte[] body, Random random)
    {
        for (var i = random.Next(4); i > 0; i--)
        {
            var at = random.Next(body.Length + 1);
            var end = Math.Min(body.Length, at + random.Next(12));
            byte[] put = random.Next(5) switch
            {
                0 => Encoding.UTF8.GetBytes(Pick(_texts, random)),
                1 => [(byte)random.Next(256)],
                2 => [],
                3 => Encoding.ASCII.GetBytes(new string('[', random.Next(300))),
                _ => body[random.Next(body.Length + 1)..],
            };
            body = [.. body[..at], .. put, .. body[end..]];
        }

        return body;
    }

    private static string Pick(string[] from, Random random) => from[random.Next(from.Length)];

    // The client itself lets nothing else through.
    private static string Ascii(string text) => new([.. text.Where(char.IsAscii)]);

    // Nothing leaves this machine.
    private sealed class NoSender : IDownstreamSender
    {
        public Task<AttemptResult> SendAsync(Downstream downstream, OutgoingMessage message, CancellationToken cancellationToken) =>
            Task.FromResult(AttemptResult.Failed(ErrorType.Validation, "no"));
    }
}
