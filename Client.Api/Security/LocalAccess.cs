using System.Net;
using DlqCluster.Api.Problems;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace DlqCluster.Api.Security;

/// <summary>
/// Recognises who sits at this machine, as long as the service listens to nobody else; and keeps out web pages that a browser on this
/// machine happens to show, and whoever comes through a proxy.
/// </summary>
/// <param name="server">Knows where the service listens.</param>
internal sealed class LocalAccess(IServer server)
{
    private static readonly string[] _forwarded = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Original-For", "X-Real-IP", "Via"];

    private bool? _loopbackOnly;

    /// <summary>Whether the service listens on loopback addresses only.</summary>
    public bool IsOffered => _loopbackOnly ??= ListensOnLoopbackOnly();

    /// <summary>Why a request does not count as one of this machine; null when it does.</summary>
    /// <param name="context">The request.</param>
    public static ApiProblem? Refusal(HttpContext context)
    {
        var connection = context.Connection;
        if (!IsLoopback(connection.RemoteIpAddress) || !IsLoopback(connection.LocalIpAddress))
            return Problem.Forbidden("Without credentials only this machine may do this. Set ADMIN_TOKEN.");
        if (_forwarded.Any(context.Request.Headers.ContainsKey))
            return Problem.Forbidden("Without credentials this is not open to who comes through a proxy. Set ADMIN_TOKEN.");
        return BrowserOrigin.IsForeign(context.Request) || !BrowserOrigin.IsLoopbackName(context.Request.Host.Host)
            ? Problem.Forbidden("Without credentials this is not open to web pages of another origin, nor under another host name. Set ADMIN_TOKEN.")
            : null;
    }

    private static bool IsLoopback(IPAddress? address) => address is not null && IPAddress.IsLoopback(address);

    private bool ListensOnLoopbackOnly()
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses;
        return addresses is { Count: > 0 } && addresses.All(address => BrowserOrigin.IsLoopbackName(BindingAddress.Parse(address).Host));
    }
}
