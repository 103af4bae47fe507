using System.Text.Json.Serialization;

namespace DlqCluster.Audit;

/// <summary>How an act ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AuditOutcome>))]
public enum AuditOutcome
{
    /// <summary>It was begun and nothing has been heard of its end: it is under way, or the process died.</summary>
    [JsonStringEnumMemberName("begun")] Begun,

    /// <summary>It was done.</summary>
    [JsonStringEnumMemberName("done")] Done,

    /// <summary>It was not done: who asked may not do it.</summary>
    [JsonStringEnumMemberName("refused")] Refused,

    /// <summary>It was not done: the request was wrong, or did not fit the state of what it was about.</summary>
    [JsonStringEnumMemberName("rejected")] Rejected,

    /// <summary>It failed in the service, so some of it may have been done.</summary>
    [JsonStringEnumMemberName("failed")] Failed,
}

/// <summary>One act of an operator: who did what, on what, how many, why, when, from where, and how it ended.</summary>
public sealed record AuditEntry
{
    /// <summary>A version 7 UUID of the time of <see cref="At"/>: entries are ordered by it.</summary>
    public Guid Id { get; init; }

    /// <summary>When the act began.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Who: the name of the API key; else the operator's name where one is given, else the name of the credential.</summary>
    public string Who { get; init; } = "";

    /// <summary>What proved it: <c>token</c>, <c>key</c>, <c>local</c> (this machine, where no token is set) or <c>none</c>.</summary>
    public string Credential { get; init; } = "";

    /// <summary>What, such as <c>breaker.forceOpen</c>. The list is fixed; docs/api.md has it.</summary>
    public string Act { get; init; } = "";

    /// <summary>On what, such as a downstream's name or a letter's id; null where the act has no one subject.</summary>
    public string? Subject { get; init; }

    /// <summary>How many things it was about, where that was known when it ended.</summary>
    public long? Count { get; init; }

    /// <summary>Why, in the operator's words.</summary>
    public string? Reason { get; init; }

    /// <summary>The network address that it came from.</summary>
    public string? From { get; init; }

    /// <summary>How it ended.</summary>
    public AuditOutcome Outcome { get; init; }

    /// <summary>The HTTP status that it was answered with; null until it has ended.</summary>
    public int? Status { get; init; }

    /// <summary>More about its end: what was wrong, or what came of it.</summary>
    public string? Detail { get; init; }
}

/// <summary>Which entries. What is null is not asked for; everything given must hold.</summary>
public sealed record AuditQuery
{
    /// <summary>Of this operator.</summary>
    public string? Who { get; init; }

    /// <summary>This act.</summary>
    public string? Act { get; init; }

    /// <summary>On this.</summary>
    public string? Subject { get; init; }

    /// <summary>That ended so.</summary>
    public AuditOutcome? Outcome { get; init; }

    /// <summary>Begun at or after this.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Begun before this.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Older than this entry: the last one of the page before.</summary>
    public Guid? After { get; init; }

    /// <summary>Entries a page, at least 1.</summary>
    public int PageSize { get; init; } = 50;
}

/// <summary>A page of entries, newest first.</summary>
/// <param name="Entries">The entries.</param>
/// <param name="Next">What <see cref="AuditQuery.After"/> is for the next page; null on the last.</param>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, Guid? Next);
