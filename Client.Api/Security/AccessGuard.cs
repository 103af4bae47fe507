using System.Security.Cryptography;
using System.Text;
using DlqCluster.Api.Problems;
using DlqCluster.Hosting;
using DlqCluster.Security;
using Microsoft.Net.Http.Headers;

namespace DlqCluster.Api.Security;

/// <summary>
/// Finds out who sent a request: by the admin token, by an API key, or, where neither stands in the request and no token is configured, by
/// its coming from this machine.
/// </summary>
/// <param name="options">The token.</param>
/// <param name="keys">The API keys.</param>
/// <param name="local">Knows what comes from this machine.</param>
/// <param name="failures">Counts wrong credentials.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where wrong credentials are told of.</param>
internal sealed partial class AccessGuard(
    IOptions<SecurityOptions> options, AccessKeys keys, LocalAccess local, FailedTries failures, TimeProvider time, ILogger<AccessGuard> logger)
{
    private const string KeyHeader = "X-Api-Key";
    private const string Scheme = "Bearer ";

    // Hashes have equal lengths, so that comparing takes the same time for every token.
    private readonly byte[]? _token = string.IsNullOrEmpty(options.Value.AdminToken) ? null : Hash(options.Value.AdminToken);

    /// <summary>Whether a request bears a credential, right or wrong.</summary>
    /// <param name="request">The request.</param>
    public static bool HasCredential(HttpRequest request) =>
        request.Headers.ContainsKey(HeaderNames.Authorization) || request.Headers.ContainsKey(KeyHeader);

    /// <summary>Who sent a request, or why nobody who is known.</summary>
    /// <param name="context">The request.</param>
    public (Caller? Caller, ApiProblem? Problem) Identify(HttpContext context)
    {
        if (!HasCredential(context.Request)) return WithoutCredential(context);
        var credential = CredentialOf(context.Request);
        if (ApiKeyText.TryReadId(credential, out var id)) return ByKey(context, id, credential);
        if (failures.AreTooMany(context, out var wait)) return (null, Problem.TooManyFailures(wait));
        return _token is not null && CryptographicOperations.FixedTimeEquals(Hash(credential), _token)
            ? (new Caller(AccessRole.Admin, Caller.Token), null)
            : Fail(context, "no admin token and no API key");
    }

    // One credential, in one header: with two it would not be clear who asks.
    private static string CredentialOf(HttpRequest request)
    {
        var (bearer, key) = (request.Headers[HeaderNames.Authorization], request.Headers[KeyHeader]);
        if (bearer.Count + key.Count != 1) return "";
        if (key.Count == 1) return key.ToString();
        var text = bearer.ToString();
        return text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? text[Scheme.Length..].Trim() : "";
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private (Caller?, ApiProblem?) ByKey(HttpContext context, string id, string credential)
    {
        var key = keys.Find(id);
        if (!CryptographicOperations.FixedTimeEquals(Hash(credential), key?.Hash ?? [])) return Fail(context, "an API key that is not known");
        if (key!.Key.HasExpired(time.GetUtcNow())) return Fail(context, "an API key that has expired");
        keys.Used(id);
        return (new Caller(key.Key.Role, Caller.ApiKey, key.Key), null);
    }

    private (Caller?, ApiProblem?) WithoutCredential(HttpContext context)
    {
        if (_token is not null || !local.IsOffered) return (null, Problem.Unauthorized(given: false));
        return LocalAccess.Refusal(context) is { } refusal ? (null, refusal) : (new Caller(AccessRole.Admin, Caller.Local), null);
    }

    private (Caller?, ApiProblem?) Fail(HttpContext context, string what)
    {
        LogWrong(context.Connection.RemoteIpAddress?.ToString(), context.Request.Method, context.Request.Path.ToUriComponent(), what);
        return (null, failures.AddAndAsk(context, out var wait) ? Problem.TooManyFailures(wait) : Problem.Unauthorized(given: true));
    }

    [LoggerMessage(1010, LogLevel.Warning, "{Client} sent a wrong credential with {Method} {Path}: {What}")]
    private partial void LogWrong(string? client, string method, string path, string what);
}
