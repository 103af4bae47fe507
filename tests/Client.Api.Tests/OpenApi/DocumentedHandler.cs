using System.Collections.Concurrent;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.OpenApi;

/// <summary>
/// Compares every answer that any test gets with what the API document says of it: status, media type, kind of problem and, of JSON, the
/// schema. What is not described there fails the test that met it.
/// </summary>
internal sealed class DocumentedHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private readonly ConcurrentDictionary<(string Operation, int Status), bool> _seen = [];

    /// <summary>Which operations have answered with which statuses.</summary>
    public IEnumerable<(string Operation, int Status)> Seen => _seen.Keys;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        var path = request.RequestUri!.AbsolutePath;
        if (Document.Kept.Find(request.Method.Method, path) is not { } operation) return response;
        var contentType = response.Content.Headers.ContentType?.ToString();
        // Other answers may be long, or never end.
        var text = Document.IsJson(contentType) ? await response.Content.ReadAsStringAsync(cancellationToken) : "";
        _seen.TryAdd((operation.Name, (int)response.StatusCode), true);
        var faults = Document.Kept.CheckAnswer(operation, new Answer((int)response.StatusCode, response.Headers, contentType, text)).ToArray();
        if (faults.Length > 0) throw new InvalidOperationException($"docs/openapi.json is wrong about {operation.Name}: {string.Join("; ", faults)}");
        return response;
    }
}
