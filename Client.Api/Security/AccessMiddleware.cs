using DlqCluster.Api.Audit;
using DlqCluster.Api.Problems;

namespace DlqCluster.Api.Security;

/// <summary>
/// Lets a request through to its endpoint only if who sent it has the role that the endpoint needs. It stands before everything that reads
/// the request: nothing of one that is refused is looked at.
/// </summary>
/// <param name="next">The rest of the pipeline.</param>
/// <param name="guard">Knows who sent it.</param>
/// <param name="trail">Records who was refused.</param>
internal sealed class AccessMiddleware(RequestDelegate next, AccessGuard guard, AuditTrail trail)
{
    private static readonly AuditedAct _denied = new("access.denied", null);

    /// <summary>Handles one request.</summary>
    /// <param name="context">The request.</param>
    public Task InvokeAsync(HttpContext context)
    {
        // What routing answers by itself (405, 415) tells nobody anything.
        if (context.GetEndpoint() is not RouteEndpoint endpoint) return next(context);
        var needed = endpoint.Metadata.GetMetadata<NeededRole>();
        if (needed is { Role: null }) return next(context);
        var (caller, problem) = guard.Identify(context);
        if (caller is not null) context.Features.Set(caller);
        problem ??= needed is null ? Problem.Forbidden("Nobody may use this: it has no role.")
            : caller!.Role < needed.Role ? Problem.RoleNeeded(needed.Role.Value, caller) : null;
        return problem is null ? next(context) : RefuseAsync(context, endpoint, problem);
    }

    private async Task RefuseAsync(HttpContext context, RouteEndpoint endpoint, ApiProblem problem)
    {
        var act = endpoint.Metadata.GetMetadata<AuditedAct>();
        // Who only looks and has no credential, or one that was good until now, has done nothing; who tries one that is wrong may be trying many.
        if (act is null && AccessGuard.HasCredential(context.Request) && problem.Type != Problem.SessionEnded().Type) act = _denied;
        if (act is not null)
        {
            if (act == _denied) AuditScope.Of(context).Subject = $"{context.Request.Method} {context.Request.Path.Value}";
            await trail.RefuseAsync(context, act, problem);
        }

        await problem.ExecuteAsync(context);
    }
}
