using System.Collections.Frozen;
using DlqCluster.Security;

namespace DlqCluster.Api.Security;

/// <summary>What an endpoint asks of who calls it.</summary>
/// <param name="Role">The least role; null when it is open to all.</param>
internal sealed record NeededRole(AccessRole? Role);

/// <summary>The role that each endpoint needs, all in one place. An endpoint that is not here is open to nobody.</summary>
internal static class EndpointRoles
{
    private static readonly string[] _open = ["GetLiveness", "GetReadiness", "GetHealth"];

    private static readonly string[] _submit = ["SubmitMessage", "SubmitBatch", "PostConversationMessage", "GiveReceipt", "SubmitNotification", "PutPreferences", "GetMe", "BeginSession", "EndSession"];

    private static readonly string[] _read =
    [
        "GetMessage", "ExplainMessage", "ListReceipts", "GetPreferences",
        "ListLetters", "GetLetter", "GetLetterStats", "ListLetterGroups",
        "ListReplays", "GetReplay",
        "ListBreakers", "GetBreaker",
        "ListDownstreams", "GetDownstream",
        "ListLanes", "GetLane",
        "ListActors", "FollowEvents", "GetRates", "GetSystemHealth", "GetResources", "GetMetrics",
    ];

    private static readonly string[] _operate =
    [
        "CancelMessage",
        "ReplayLetter", "DiscardLetter", "RestoreLetter", "AddLetterNote", "DiscardLetters", "ChangeLetterGroup", "ExportLetters", "ReclaimStaleLetters",
        "StartReplay", "PauseReplay", "ResumeReplay", "CancelReplay",
        "PauseDelivery", "ResumeDelivery",
        "SkipInLane", "UnblockLane",
    ];

    private static readonly string[] _admin =
    [
        "ImportLetters",
        "ForceBreakerOpen", "ForceBreakerClosed", "DisableBreaker", "LetBreakerOnlyCount", "ResetBreaker",
        "PutDownstream", "DeleteDownstream", "TryDownstream", "RotateSecret",
        "CreateKey", "ListKeys", "DeleteKey",
        "ListAudit", "ListSettings", "TakeBackup",
    ];

    // Nobody is known; not enough; too many wrong credentials, or more than a key's own limit.
    private static readonly int[] _refusals = [StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden, StatusCodes.Status429TooManyRequests];

    private static readonly FrozenDictionary<string, NeededRole> _roles =
        For(_open, null).Concat(For(_submit, AccessRole.Submit)).Concat(For(_read, AccessRole.Read))
            .Concat(For(_operate, AccessRole.Operate)).Concat(For(_admin, AccessRole.Admin))
            .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The endpoints that have one.</summary>
    public static IEnumerable<string> Names => _roles.Keys;

    /// <summary>Gives each endpoint of a group that has a name the role that it needs, and the refusals that come of it.</summary>
    /// <param name="group">The group.</param>
    public static RouteGroupBuilder WithRoles(this RouteGroupBuilder group)
    {
        ((IEndpointConventionBuilder)group).Finally(static endpoint =>
        {
            if (endpoint.Metadata.OfType<IEndpointNameMetadata>().LastOrDefault() is not { } name || !_roles.TryGetValue(name.EndpointName, out var needed)) return;
            endpoint.Metadata.Add(needed);
            if (needed.Role is null) return;
            foreach (var status in _refusals)
            {
                endpoint.Metadata.Add(Documentation.Refusal(status));
                endpoint.Metadata.Add(new UsualRefusal(status));
            }
        });
        return group;
    }

    /// <summary>Says of endpoints without a name, such as pages, what role they need.</summary>
    /// <typeparam name="T">What they are.</typeparam>
    /// <param name="endpoints">They.</param>
    /// <param name="role">The least role; null when they are open to all.</param>
    public static T Needs<T>(this T endpoints, AccessRole? role)
        where T : IEndpointConventionBuilder => endpoints.WithMetadata(new NeededRole(role));

    private static IEnumerable<KeyValuePair<string, NeededRole>> For(string[] names, AccessRole? role) =>
        names.Select(name => new KeyValuePair<string, NeededRole>(name, new NeededRole(role)));
}
