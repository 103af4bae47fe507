using System.Net;
using DlqCluster.Downstreams;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using Microsoft.Extensions.Options;

namespace DlqCluster.Grains.Tests.Downstreams;

/// <summary>A downstream in memory that answers as it is told, and remembers what it got.</summary>
internal sealed class FakeDownstream : HttpMessageHandler
{
    public ManualTime Time { get; } = new();

    /// <summary>Its answer; the token is that of the attempt.</summary>
    public Func<CancellationToken, Task<HttpResponseMessage>> Answer { get; set; } = _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));

    public HttpMethod? Method { get; private set; }

    public Uri? Url { get; private set; }

    public byte[] Body { get; private set; } = [];

    /// <summary>Headers of the request and of its content.</summary>
    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    public static Task<HttpResponseMessage> Status(int code, HttpContent? content = null, string? retryAfter = null)
    {
        var response = new HttpResponseMessage((HttpStatusCode)code) { Content = content ?? new ByteArrayContent([]) };
        if (retryAfter is not null) response.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        return Task.FromResult(response);
    }

    /// <summary>Never answers, but notices when it is not waited for any longer.</summary>
    public static async Task<HttpResponseMessage> Silence(CancellationToken cancellationToken)
    {
        await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        throw new InvalidOperationException();
    }

    public HttpSender Sender(int maxResponseBytes = 4_096) =>
        new(Time, Options.Create(new DeliveryOptions { MaxResponseBytes = maxResponseBytes }), _ => this);

    public Task<AttemptResult> Send(Downstream? downstream = null, Envelope? envelope = null, int attempt = 1, CancellationToken cancellationToken = default) =>
        Sender().SendAsync(downstream ?? Definition(), Message(envelope, attempt), cancellationToken);

    public static Downstream Definition() => new() { Name = "billing", Kind = DownstreamKind.Http, Url = "http://billing.example/hook?x=1", TimeoutMs = 1_000 };

    public static OutgoingMessage Message(Envelope? envelope = null, int attempt = 1) =>
        new(Samples.Id(1), envelope ?? Samples.Envelope(), attempt, Samples.At(0.9));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        (Method, Url) = (request.Method, request.RequestUri);
        foreach (var (name, values) in request.Headers.NonValidated) Headers[name] = values.ToString();
        foreach (var (name, values) in request.Content!.Headers.NonValidated) Headers[name] = values.ToString();
        Body = await request.Content.ReadAsByteArrayAsync(CancellationToken.None);
        return await Answer(cancellationToken);
    }
}
