namespace DlqCluster.Api.Audit;

/// <summary>What a handler adds to the record of its act.</summary>
internal sealed class AuditScope
{
    private static readonly object _key = new();

    /// <summary>Why, in the operator's words; what the request's body says wins over its header.</summary>
    public string? Reason { get; set; }

    /// <summary>What it turned out to be, where that is not what the endpoint's mark says: one of <see cref="AuditedActs"/>.</summary>
    public string? Act { get; set; }

    /// <summary>On what, where the endpoint's mark does not say it.</summary>
    public string? Subject { get; set; }

    /// <summary>How many things it was about.</summary>
    public long? Count { get; set; }

    /// <summary>What came of it.</summary>
    public string? Detail { get; set; }

    /// <summary>The record, once the act has begun.</summary>
    public DlqCluster.Audit.AuditEntry? Begun { get; set; }

    /// <summary>The scope of a request.</summary>
    /// <param name="context">The request.</param>
    public static AuditScope Of(HttpContext context)
    {
        if (context.Items.TryGetValue(_key, out var known)) return (AuditScope)known!;
        var scope = new AuditScope();
        context.Items[_key] = scope;
        return scope;
    }
}
