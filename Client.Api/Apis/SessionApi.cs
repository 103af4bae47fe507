using DlqCluster.Api.Audit;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Api.Security;

namespace DlqCluster.Api.Apis;

/// <summary>Sessions of browsers: begin one, end it.</summary>
internal static class SessionApi
{
    private const string Route = "/api/session";

    private static readonly ApiProblem _nothingToBindTo = Problem.Conflict(
        "no-credential", "A session is made of an API key or of the admin token. Send one with this request, as 'Authorization: Bearer <key>'.");

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var session = routes.MapGroup(Route).WithTags("Keys");
        session.MapPost("/", Begin).Audited("session.begin")
            .Describe("BeginSession", "Exchanges the credential of this request for a session of a browser.", 503)
            .Details("The session is in a cookie that no script can read and that is sent along only with requests of the service's own pages. It ends after Security:SessionMinutes, "
                + "and with its credential. Programs need none: they send their credential with each request, and where there is one, a session does not count.")
            .Answers(200, KeySamples.Me).Refuses(_nothingToBindTo);
        session.MapDelete("/", End).Audited("session.end").Describe("EndSession", "Takes the session from the browser.", 503);
    }

    private static Results<Ok<MeAnswer>, ApiProblem> Begin(HttpContext context, Sessions sessions)
    {
        var caller = Caller.Of(context)!;
        // A session prolongs no session: who has only the cookie has it for a limited time.
        if (caller.Credential == Caller.Local || caller.SessionEndsAt is not null) return _nothingToBindTo;
        return TypedResults.Ok(MeAnswer.From(sessions.Begin(context, caller), Caller.NameOf(context)));
    }

    private static NoContent End(HttpContext context)
    {
        Sessions.End(context);
        return TypedResults.NoContent();
    }
}
