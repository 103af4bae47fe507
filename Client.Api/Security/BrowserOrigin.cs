using System.Net;
using Microsoft.Net.Http.Headers;

namespace DlqCluster.Api.Security;

/// <summary>Recognises requests that a browser sends for a web page of somebody else.</summary>
internal static class BrowserOrigin
{
    private const string FetchSite = "Sec-Fetch-Site";

    /// <summary>Whether a browser says that another origin's page sent this.</summary>
    /// <param name="request">The request.</param>
    public static bool IsForeign(HttpRequest request)
    {
        var site = request.Headers[FetchSite].ToString();
        if (site.Length > 0 && site is not ("same-origin" or "none")) return true;
        var origin = request.Headers[HeaderNames.Origin].ToString();
        return origin.Length > 0
            && !(Uri.TryCreate(origin, UriKind.Absolute, out var parsed) && parsed.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether a host name or address means this machine, to everybody, always.</summary>
    /// <param name="host">The name or address.</param>
    public static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
