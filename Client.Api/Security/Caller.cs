using DlqCluster.Api.Audit;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Problems;
using DlqCluster.Security;

namespace DlqCluster.Api.Security;

/// <summary>Who sent a request, and what they may do.</summary>
/// <param name="Role">What they may do.</param>
/// <param name="Credential">What proves it: one of the constants here.</param>
/// <param name="Key">The API key; null where another credential proves it.</param>
/// <param name="SessionEndsAt">When the session ends that stands for the credential; null where the credential itself was sent.</param>
internal sealed record Caller(AccessRole Role, string Credential, AccessKey? Key = null, DateTimeOffset? SessionEndsAt = null)
{
    /// <summary>The admin token.</summary>
    public const string Token = "token";

    /// <summary>An API key.</summary>
    public const string ApiKey = "key";

    /// <summary>This machine, where nothing is configured.</summary>
    public const string Local = "local";

    /// <summary>Nothing, or nothing that is valid.</summary>
    public const string None = "none";

    private const string Anonymous = "anonymous";
    private const string Unnamed = "admin";
    private const string Header = "X-Operator";

    /// <summary>The header that names who acts, as the API document tells it.</summary>
    public static Input Input { get; } =
        Input.Header(Header, "Who acts; it is kept with the act. An API key has a name of its own, which is kept instead. Without either: admin. " + HeaderText.Encodings, "ann");

    /// <summary>The sender of a request; null when it is nobody who is known.</summary>
    /// <param name="context">The request.</param>
    public static Caller? Of(HttpContext context) => context.Features.Get<Caller>();

    /// <summary>
    /// The name of who acts, unchecked: that of the API key; or what the request says, where the credential has no name of its own.
    /// </summary>
    /// <param name="context">The request.</param>
    public static string NameOf(HttpContext context) => Of(context) switch
    {
        null => Anonymous,
        { Key: { } key } => key.Name,
        _ => HeaderText.Of(context.Request, Header) is { Length: > 0 } given ? given : Unnamed,
    };

    /// <summary>The name of who acts.</summary>
    /// <param name="request">The request.</param>
    /// <param name="rules">Knows the limits.</param>
    /// <param name="name">The name.</param>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    public static ApiProblem? ReadName(HttpRequest request, MessageRules rules, out string name)
    {
        name = NameOf(request.HttpContext);
        return rules.TextError(name) is { } error ? Problem.Invalid(Header, error) : null;
    }
}
