using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Text;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using Microsoft.Extensions.Options;

namespace DlqCluster.Downstreams;

/// <summary>Sends messages over HTTP: pooled connections, the payload as it was sent to us, no redirects, no cookies.</summary>
internal sealed class HttpSender : IDisposable
{
    private static readonly MediaTypeHeaderValue _json = new("application/json");

    /// <summary>Parsed once for a definition, not once for a message.</summary>
    private static readonly ConditionalWeakTable<Downstream, Uri> _urls = [];

    private readonly HttpPools _pools;
    private readonly TimeProvider _time;
    private readonly int _maxResponseBytes;

    public HttpSender(TimeProvider time, IOptions<DeliveryOptions> options, Func<SslStreamCertificateContext?, HttpMessageHandler> handlers)
    {
        _time = time;
        _maxResponseBytes = options.Value.MaxResponseBytes;
        _pools = new HttpPools(handlers, options);
    }

    public async Task<AttemptResult> SendAsync(Downstream downstream, OutgoingMessage message, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMilliseconds(downstream.TimeoutMs), _time);
        using var abandoning = cancellationToken.UnsafeRegister(static timeout => ((CancellationTokenSource)timeout!).Cancel(), timeout);
        try
        {
            using var request = CreateRequest(downstream, message);
            using var response = await _pools.For(downstream).SendAsync(request, timeout.Token);
            var body = response.IsSuccessStatusCode ? null : await ReadAsync(response, timeout.Token);
            var retryAfter = HttpOutcome.RetryAfter(response.Headers.RetryAfter, _time.GetUtcNow());
            return HttpOutcome.Of(response.StatusCode, response.ReasonPhrase, body, retryAfter);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return AttemptResult.Failed(ErrorType.Timeout, $"No answer within {downstream.TimeoutMs} ms.");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return AttemptResult.Failed(ErrorType.Network, Innermost(exception)) with { Detail = exception.Message };
        }
    }

    public void Dispose() => _pools.Dispose();

    private static HttpRequestMessage CreateRequest(Downstream downstream, OutgoingMessage message)
    {
        var payload = message.Envelope.Payload.Utf8;
        var content = new ByteArrayContent(payload);
        content.Headers.ContentType = _json;
        var request = new HttpRequestMessage(HttpMethod.Parse(downstream.Method), _urls.GetValue(downstream, static known => new Uri(known.Url!)))
        {
            Content = content,
        };
        var headers = request.Headers;
        foreach (var (name, value) in downstream.Headers)
            if (!headers.TryAddWithoutValidation(name, value)) Replace(content.Headers, name, value);

        var id = message.MessageId.Value;
        var timestamp = message.At.ToUnixTimeSeconds();
        headers.TryAddWithoutValidation("webhook-id", id);
        headers.TryAddWithoutValidation("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        if (downstream.SigningSecrets.Count > 0)
            headers.TryAddWithoutValidation("webhook-signature", WebhookSignature.Sign(downstream.SigningSecrets, id, timestamp, payload));
        headers.TryAddWithoutValidation("Idempotency-Key", id);
        headers.TryAddWithoutValidation("X-Attempt", message.Attempt.ToString(CultureInfo.InvariantCulture));
        if (message.Envelope.CorrelationId is { } correlation) headers.TryAddWithoutValidation("X-Correlation-Id", Sendable(correlation));
        AddTrace(headers, message.Envelope);
        return request;
    }

    private static void AddTrace(HttpRequestHeaders headers, Envelope envelope)
    {
        if (envelope.TraceParent is not { } trace) return;
        headers.TryAddWithoutValidation("traceparent", Sendable(trace));
        if (envelope.TraceState is { } state) headers.TryAddWithoutValidation("tracestate", Sendable(state));
    }

    /// <summary>A header carries printable ASCII; other text is percent-encoded, so that no message can break its own request.</summary>
    private static string Sendable(string text) => text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? Uri.EscapeDataString(text) : text;

    private static void Replace(HttpContentHeaders headers, string name, string value)
    {
        headers.Remove(name);
        headers.TryAddWithoutValidation(name, value);
    }

    private async Task<string?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (_maxResponseBytes == 0) return null;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            var buffer = new byte[_maxResponseBytes];
            var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            return length == 0 ? null : Encoding.UTF8.GetString(buffer, 0, length);
        }
        catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException or IOException)
        {
            // The status has said what became of the message; the rest would only have told why.
            return null;
        }
    }

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner) exception = inner;
        return exception.Message;
    }
}
