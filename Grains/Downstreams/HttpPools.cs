using System.Net.Security;
using DlqCluster.Hosting;
using Microsoft.Extensions.Options;

namespace DlqCluster.Downstreams;

/// <summary>
/// The pools of connections: one for all downstreams, and one for each that knows us by a certificate, so that no connection that was made with
/// a certificate carries the messages of another downstream.
/// </summary>
/// <param name="create">Makes a handler, for a certificate or without one.</param>
/// <param name="options">How many downstreams there may be.</param>
internal sealed class HttpPools(Func<SslStreamCertificateContext?, HttpMessageHandler> create, IOptions<DeliveryOptions> options) : IDisposable
{
    private readonly HttpMessageInvoker _common = new(create(null));
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (string Certificate, HttpMessageInvoker Pool)> _own = new(StringComparer.Ordinal);

    /// <summary>The pool of a downstream.</summary>
    /// <param name="downstream">The downstream.</param>
    public HttpMessageInvoker For(Downstream downstream)
    {
        if (downstream.ClientCertificate is not { } certificate) return _common;
        lock (_gate)
        {
            if (_own.TryGetValue(downstream.Name, out var known) && known.Certificate == certificate) return known.Pool;
            // Those of downstreams that are gone. What is in use is made anew; requests on their way keep theirs.
            if (_own.Count >= options.Value.MaxDownstreams) _own.Clear();
            var pool = new HttpMessageInvoker(create(ClientCertificates.Read(certificate)));
            _own[downstream.Name] = (certificate, pool);
            return pool;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _common.Dispose();
        lock (_gate)
        {
            foreach (var (_, pool) in _own.Values) pool.Dispose();
            _own.Clear();
        }
    }
}
