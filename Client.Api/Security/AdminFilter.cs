using DlqCluster.Api.Ingest;
using DlqCluster.Api.Problems;

namespace DlqCluster.Api.Security;

/// <summary>Lets only operators through to an endpoint.</summary>
/// <param name="guard">Decides who is one.</param>
internal sealed class AdminFilter(AdminGuard guard) : IEndpointFilter
{
    /// <inheritdoc/>
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        guard.Refusal(context.HttpContext) is { } refusal ? new ValueTask<object?>(refusal) : next(context);
}

/// <summary>Keeps web pages of other origins from an endpoint that a browser would send to without asking first.</summary>
internal sealed class SameOriginFilter : IEndpointFilter
{
    /// <inheritdoc/>
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        BrowserOrigin.IsForeign(context.HttpContext.Request)
            ? new ValueTask<object?>(Problem.Forbidden("This is not open to web pages of another origin."))
            : next(context);
}

/// <summary>Tells who acts.</summary>
internal static class Operator
{
    private const string Header = "X-Operator";
    private const string Unnamed = "admin";

    /// <summary>The name that the request gives, unchecked.</summary>
    /// <param name="request">The request.</param>
    public static string NameOf(HttpRequest request) => request.Headers[Header].ToString() is { Length: > 0 } given ? given : Unnamed;

    /// <summary>The header as the API document tells it.</summary>
    public static Input Input { get; } = Input.Header(Header, "Who acts; it is kept with the act. Without it: admin.", "ann");

    /// <summary>The name that the request gives; the admin token has none of its own.</summary>
    /// <param name="request">The request.</param>
    /// <param name="rules">Knows the limits.</param>
    /// <param name="name">The name.</param>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    public static ApiProblem? Read(HttpRequest request, MessageRules rules, out string name)
    {
        name = NameOf(request);
        return rules.TextError(name) is { } error ? Problem.Invalid(Header, error) : null;
    }
}
