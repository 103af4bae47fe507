using System.Net;
using DlqCluster.Hosting;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Api.Security;

/// <summary>Believes the proxies that are named in configuration, and nobody else, about who sent a request.</summary>
internal static class Proxies
{
    /// <summary>Takes the client's address and scheme from named proxies' headers.</summary>
    /// <param name="app">The pipeline.</param>
    public static IApplicationBuilder UseTrustedProxies(this IApplicationBuilder app)
    {
        var trusted = app.ApplicationServices.GetRequiredService<IOptions<SecurityOptions>>().Value.TrustedProxies;
        if (trusted.Count == 0) return app;
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto };
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        foreach (var proxy in trusted)
        {
            if (IPAddress.TryParse(proxy, out var address)) options.KnownProxies.Add(address);
            else if (System.Net.IPNetwork.TryParse(proxy, out var network)) options.KnownIPNetworks.Add(network);
        }

        return app.UseForwardedHeaders(options);
    }
}
