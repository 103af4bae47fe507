using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using DlqCluster.Hosting;
using Microsoft.Extensions.Options;

namespace DlqCluster.Downstreams;

/// <summary>
/// Keeps requests from going where their downstream's owner may not reach: the addresses of its host are looked at when a connection is
/// made, and the connection goes to the very address that was looked at, so that a name that changes its mind in between gains nothing.
/// </summary>
internal sealed class OutgoingGuard
{
    private readonly bool _allowPrivate;
    private readonly HashSet<string> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<IPNetwork> _networks = [];

    /// <summary>Makes it.</summary>
    /// <param name="options">What is allowed.</param>
    public OutgoingGuard(IOptions<OutgoingOptions> options)
    {
        _allowPrivate = options.Value.AllowPrivateNetworks;
        foreach (var allowed in options.Value.AllowedHosts)
        {
            if (IPNetwork.TryParse(allowed, out var network)) _networks.Add(network);
            else if (IPAddress.TryParse(allowed, out var address)) _networks.Add(new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128));
            else _hosts.Add(allowed);
        }
    }

    /// <summary>A handler that connects only where it may, follows no redirect, keeps no cookie and asks no proxy.</summary>
    /// <param name="maxHeaderBytes">The most bytes of an answer's headers.</param>
    /// <param name="certificate">What servers that ask are shown; null for nothing.</param>
    public SocketsHttpHandler CreateHandler(int maxHeaderBytes, SslStreamCertificateContext? certificate = null) => new()
    {
        SslOptions = { ClientCertificateContext = certificate },
        AllowAutoRedirect = false,
        UseCookies = false,
        // A proxy would be connected to, and the downstream never looked at.
        UseProxy = false,
        MaxResponseHeadersLength = Math.Max(1, maxHeaderBytes / 1024),
        // A downstream that moves to another address is followed there.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        // The trace context belongs to the message, and is set with it.
        ActivityHeadersPropagator = null,
        ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, cancellationToken),
    };

    /// <summary>Why a host's addresses cannot be connected to; null when at least one can.</summary>
    /// <param name="host">The host's name.</param>
    /// <param name="addresses">Its addresses.</param>
    /// <param name="allowed">Those that can.</param>
    public string? Refusal(string host, IEnumerable<IPAddress> addresses, out IPAddress[] allowed)
    {
        var all = addresses.ToArray();
        allowed = [.. all.Where(address => IsAllowed(host, address))];
        if (allowed.Length > 0) return null;
        if (all.Length == 0) return $"{host} has no address.";
        return all.Any(static address => AddressClasses.Of(address) == AddressClass.Private)
            ? $"{host} is on a private network or this machine, where nothing is sent unless Downstreams:AllowPrivateNetworks or Downstreams:AllowedHosts allows it."
            : $"{host} has an address where no downstream can be (link-local, multicast or reserved). Downstreams:AllowedHosts can name the address.";
    }

    private bool IsAllowed(string host, IPAddress address)
    {
        var inner = AddressClasses.Inner(address);
        if (_networks.Any(network => network.Contains(inner) || network.Contains(address))) return true;
        return AddressClasses.Of(address) switch
        {
            AddressClass.Public => true,
            AddressClass.Private => _allowPrivate || _hosts.Contains(host),
            _ => false,
        };
    }

    private async ValueTask<Stream> ConnectAsync(DnsEndPoint endpoint, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(endpoint.Host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(endpoint.Host, cancellationToken);
        if (Refusal(endpoint.Host, addresses, out var allowed) is { } refusal) throw new HttpRequestException(refusal);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, endpoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
