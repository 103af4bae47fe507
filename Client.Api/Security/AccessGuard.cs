using DlqCluster.Api.Problems;
using DlqCluster.Security;
using Microsoft.Net.Http.Headers;

namespace DlqCluster.Api.Security;

/// <summary>
/// Finds out who sent a request: by the admin token, by an API key, by a session that was made of either, or, where none of these stands in
/// the request and no token is configured, by its coming from this machine.
/// </summary>
/// <param name="credentials">The admin token and the API keys.</param>
/// <param name="sessions">The sessions of browsers.</param>
/// <param name="local">Knows what comes from this machine.</param>
/// <param name="failures">Counts wrong credentials.</param>
/// <param name="logger">Where wrong credentials are told of.</param>
internal sealed partial class AccessGuard(Credentials credentials, Sessions sessions, LocalAccess local, FailedTries failures, ILogger<AccessGuard> logger)
{
    private const string KeyHeader = "X-Api-Key";
    private const string Scheme = "Bearer ";

    private static readonly Caller _local = new(AccessRole.Admin, Caller.Local);

    /// <summary>Whether a request bears a credential, right or wrong.</summary>
    /// <param name="request">The request.</param>
    public static bool HasCredential(HttpRequest request) => StandsInHeader(request) || Sessions.IsIn(request);

    /// <summary>Who sent a request, or why nobody who is known.</summary>
    /// <param name="context">The request.</param>
    public (Caller? Caller, ApiProblem? Problem) Identify(HttpContext context)
    {
        if (!StandsInHeader(context.Request)) return Sessions.IsIn(context.Request) ? BySession(context) : WithoutCredential(context);
        var credential = CredentialOf(context.Request);
        if (ApiKeyText.TryReadId(credential, out var id))
        {
            var (holder, trouble) = credentials.ByKey(id, credential);
            return holder is not null ? (holder, null) : (null, Fail(context, trouble!));
        }

        if (failures.AreTooMany(context, out var wait)) return (null, Problem.TooManyFailures(wait));
        return credentials.ByToken(credential) is { } caller ? (caller, null) : (null, Fail(context, "no admin token and no API key"));
    }

    private static bool StandsInHeader(HttpRequest request) => request.Headers.ContainsKey(HeaderNames.Authorization) || request.Headers.ContainsKey(KeyHeader);

    // One credential, in one header: with two it would not be clear who asks.
    private static string CredentialOf(HttpRequest request)
    {
        var (bearer, key) = (request.Headers[HeaderNames.Authorization], request.Headers[KeyHeader]);
        if (bearer.Count + key.Count != 1) return "";
        if (key.Count == 1) return key.ToString();
        var text = bearer.ToString();
        return text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? text[Scheme.Length..].Trim() : "";
    }

    // Browsers send cookies along whoever makes them send a request: so it matters whose page that was.
    private (Caller?, ApiProblem?) BySession(HttpContext context)
    {
        if (!BrowserOrigin.IsOwn(context.Request)) return (null, Problem.Forbidden("A session counts only for requests of the service's own pages, which their browser says of them."));
        var session = sessions.Read(context.Request);
        if (session is not null && credentials.BySession(session) is { } caller) return (caller, null);
        Sessions.End(context);
        return (null, session is null ? Fail(context, "a session that was not made here") : Problem.SessionEnded());
    }

    private (Caller?, ApiProblem?) WithoutCredential(HttpContext context)
    {
        if (credentials.HasToken || !local.IsOffered) return (null, Problem.Unauthorized(given: false));
        return LocalAccess.Refusal(context) is { } refusal ? (null, refusal) : (_local, null);
    }

    private ApiProblem Fail(HttpContext context, string what)
    {
        LogWrong(context.Connection.RemoteIpAddress?.ToString(), context.Request.Method, context.Request.Path.ToUriComponent(), what);
        return failures.AddAndAsk(context, out var wait) ? Problem.TooManyFailures(wait) : Problem.Unauthorized(given: true);
    }

    [LoggerMessage(1010, LogLevel.Warning, "{Client} sent a wrong credential with {Method} {Path}: {What}")]
    private partial void LogWrong(string? client, string method, string path, string what);
}
