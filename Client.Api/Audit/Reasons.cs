using DlqCluster.Api.Ingest;
using DlqCluster.Api.Problems;

namespace DlqCluster.Api.Audit;

/// <summary>
/// Why an operator acts: the member <c>reason</c> of the body, else the header <c>X-Reason</c>. One rule for all acts: what takes something
/// away, lets something go for good or overrules the service is not done without a reason; others may have one.
/// </summary>
internal static class Reasons
{
    /// <summary>The header.</summary>
    public const string Header = "X-Reason";

    private const string Member = "reason";

    /// <summary>The header as the API document tells it.</summary>
    public static Input Input { get; } = Input.Header(Header, "Why, where the body does not say it. " + HeaderText.Encodings, "The order was cancelled.");

    /// <summary>Finds the reason, and keeps it for the record of the act.</summary>
    /// <param name="request">The request.</param>
    /// <param name="inBody">What the body says.</param>
    /// <returns>The reason; null when none is given.</returns>
    public static string? Of(HttpRequest request, string? inBody)
    {
        var inHeader = HeaderText.Of(request, Header);
        var reason = inBody ?? (inHeader.Length == 0 ? null : inHeader);
        AuditScope.Of(request.HttpContext).Reason = reason;
        return reason;
    }

    /// <summary>Notes what is wrong with a reason.</summary>
    /// <param name="reason">The reason.</param>
    /// <param name="required">Whether the act needs one.</param>
    /// <param name="rules">Limits of text.</param>
    /// <param name="errors">Where to.</param>
    public static void Check(string? reason, bool required, MessageRules rules, FieldErrors errors)
    {
        if (reason is null && required) errors.Add(Member, $"is required, here or in the header {Header}");
        else if (reason is not null && string.IsNullOrWhiteSpace(reason)) errors.Add(Member, "must say something");
        else if (reason is not null && rules.TextError(reason) is { } error) errors.Add(Member, error);
    }

    /// <summary>Says what is wrong with a reason; null when nothing is.</summary>
    /// <param name="reason">The reason.</param>
    /// <param name="required">Whether the act needs one.</param>
    /// <param name="rules">Limits of text.</param>
    public static ApiProblem? Refusal(string? reason, bool required, MessageRules rules)
    {
        var errors = new FieldErrors();
        Check(reason, required, rules, errors);
        return errors.IsEmpty ? null : Problem.Invalid(errors);
    }
}
