using System.Net;
using System.Security.Cryptography;
using System.Text;
using DlqCluster.Api.Problems;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Net.Http.Headers;

namespace DlqCluster.Api.Security;

/// <summary>
/// Decides who may operate the service. With a token: who has it. Without one: who sits at this machine, as long as the service listens
/// to nobody else; and then not web pages that a browser on this machine happens to show.
/// </summary>
/// <param name="options">The token.</param>
/// <param name="server">Knows where the service listens.</param>
internal sealed class AdminGuard(IOptions<AdminOptions> options, IServer server)
{
    /// <summary>The credential of a request that has none, or a wrong one.</summary>
    public const string NoCredential = "none";

    private const string TokenCredential = "token";
    private const string LocalCredential = "local";
    private const string Scheme = "Bearer ";

    // Equal lengths, so that comparing takes the same time for every token.
    private readonly byte[]? _expected = options.Value.HasToken ? Hash(options.Value.Token!) : null;

    /// <summary>Why a request may not operate the service; null when it may.</summary>
    /// <param name="context">The request.</param>
    public ApiProblem? Refusal(HttpContext context) => _expected is null ? CheckLocal(context) : CheckToken(context.Request, _expected);

    /// <summary>What proves who sent a request: <c>token</c>, <c>local</c> or <c>none</c>.</summary>
    /// <param name="context">The request.</param>
    public string CredentialOf(HttpContext context) =>
        Refusal(context) is not null ? NoCredential : _expected is null ? LocalCredential : TokenCredential;

    private static ApiProblem? CheckToken(HttpRequest request, byte[] expected)
    {
        var header = request.Headers[HeaderNames.Authorization];
        if (header.Count == 0) return Problem.Unauthorized(given: false);
        var text = header.ToString();
        var token = text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? text[Scheme.Length..].Trim() : "";
        return CryptographicOperations.FixedTimeEquals(Hash(token), expected) ? null : Problem.Unauthorized(given: true);
    }

    private ApiProblem? CheckLocal(HttpContext context)
    {
        var connection = context.Connection;
        if (!IsLoopback(connection.RemoteIpAddress) || !IsLoopback(connection.LocalIpAddress) || !ListensOnLoopbackOnly())
            return Problem.Forbidden("Without an admin token only this machine may do this, and only while the service listens on loopback addresses. Set ADMIN_TOKEN.");
        return BrowserOrigin.IsForeign(context.Request) || !BrowserOrigin.IsLoopbackName(context.Request.Host.Host)
            ? Problem.Forbidden("Without an admin token this is not open to web pages of another origin, nor under another host name. Set ADMIN_TOKEN.")
            : null;
    }

    private bool ListensOnLoopbackOnly()
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses;
        return addresses is { Count: > 0 }
            && addresses.All(address => BrowserOrigin.IsLoopbackName(BindingAddress.Parse(address).Host));
    }

    private static bool IsLoopback(IPAddress? address) => address is not null && IPAddress.IsLoopback(address);

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
