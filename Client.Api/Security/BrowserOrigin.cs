using System.Net;
using Microsoft.Net.Http.Headers;

namespace DlqCluster.Api.Security;

/// <summary>Recognises requests that a browser sends for a web page of somebody else.</summary>
internal static class BrowserOrigin
{
    private const string FetchSite = "Sec-Fetch-Site";
    private const string SameOrigin = "same-origin";

    // An address that a person typed, or a bookmark.
    private const string Nobody = "none";

    /// <summary>Whether a browser says that another origin's page sent this.</summary>
    /// <param name="request">The request.</param>
    public static bool IsForeign(HttpRequest request)
    {
        var site = request.Headers[FetchSite].ToString();
        if (site.Length > 0 && site is not (SameOrigin or Nobody)) return true;
        var origin = request.Headers[HeaderNames.Origin].ToString();
        return origin.Length > 0 && !IsHost(request, origin);
    }

    /// <summary>
    /// Whether a browser says that a page of this very origin sent this. No page can set the headers that it says so by. Browsers send the
    /// first only over TLS and to loopback, the second with everything but reads: a read of which they say nothing counts, for it changes
    /// nothing, and no other page learns what is answered.
    /// </summary>
    /// <param name="request">The request.</param>
    public static bool IsOwn(HttpRequest request)
    {
        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        var site = request.Headers[FetchSite].ToString();
        if (site.Length > 0) return site == SameOrigin || (reads && site == Nobody);
        var origin = request.Headers[HeaderNames.Origin].ToString();
        return origin.Length > 0 ? IsHost(request, origin) : reads;
    }

    /// <summary>Whether a host name or address means this machine, to everybody, always.</summary>
    /// <param name="host">The name or address.</param>
    public static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static bool IsHost(HttpRequest request, string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var parsed) && parsed.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase);
}
