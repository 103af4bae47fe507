using DlqCluster.Api.Security;

namespace DlqCluster.Api.Audit;

/// <summary>Marks an endpoint that is an act of an operator, so that every request to it is recorded.</summary>
/// <param name="Act">The act's name, such as <c>breaker.forceOpen</c>.</param>
/// <param name="Subject">The route value or query parameter that says what it is about; null where there is none.</param>
internal sealed record AuditedAct(string Act, string? Subject);

/// <summary>Acts that a request turns out to be once its body has been read: who looks for what was done is not shown what was only tried out.</summary>
internal static class AuditedActs
{
    /// <summary>A replay job was tried out, and none was started.</summary>
    public const string ReplayDryRun = "replay.dryRun";

    /// <summary>A batch of discards was tried out, and nothing was discarded.</summary>
    public const string DiscardDryRun = "letter.discardDryRun";
}

/// <summary>Puts endpoints under audit.</summary>
internal static class Auditing
{
    /// <summary>
    /// Has every request to an endpoint recorded: what is let through before it is done, and it is not done if it cannot be recorded; and what
    /// is refused.
    /// </summary>
    /// <param name="route">The endpoint.</param>
    /// <param name="act">The act's name.</param>
    /// <param name="subject">The route value or query parameter that says what it is about.</param>
    public static RouteHandlerBuilder Audited(this RouteHandlerBuilder route, string act, string? subject = null) =>
        route.WithMetadata(new AuditedAct(act, subject)).AddEndpointFilter<AuditFilter>().Takes(Caller.Input).Takes(Reasons.Input);
}
