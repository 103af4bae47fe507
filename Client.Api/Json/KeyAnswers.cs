using System.Text.Json.Serialization;
using DlqCluster.Api.Security;
using DlqCluster.Security;

namespace DlqCluster.Api.Json;

/// <summary>A wish for an API key.</summary>
internal sealed class CreateKeyRequest
{
    /// <summary>What people call it; the audit log names it as who acted.</summary>
    public string? Name { get; set; }

    /// <summary>What it may do.</summary>
    public AccessRole? Role { get; set; }

    /// <summary>When it stops to be valid; never when absent.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>How many requests a minute it may make, 1 to 1,000,000; no limit of its own when absent.</summary>
    public int? RequestsPerMinute { get; set; }
}

/// <summary>An API key, without the key itself.</summary>
/// <param name="Id">Its id, which also stands in the key behind <c>dlq_</c>.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Role">What it may do.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="ExpiresAt">When it stops to be valid; null for never.</param>
/// <param name="Expired">Whether it has.</param>
/// <param name="RequestsPerMinute">How many requests a minute it may make; null for no limit of its own.</param>
/// <param name="LastUsedAt">When it was last used, to within some minutes; null for never.</param>
internal sealed record KeyAnswer(
    string Id,
    string Name,
    AccessRole Role,
    DateTimeOffset CreatedAt,
    string CreatedBy,
    DateTimeOffset? ExpiresAt,
    bool Expired,
    int? RequestsPerMinute,
    DateTimeOffset? LastUsedAt)
{
    /// <summary>A key as it is shown.</summary>
    /// <param name="key">The key.</param>
    /// <param name="now">The time.</param>
    public static KeyAnswer From(AccessKey key, DateTimeOffset now) => new(
        key.Id, key.Name, key.Role, key.CreatedAt, key.CreatedBy, key.ExpiresAt, key.HasExpired(now), key.RequestsPerMinute, key.LastUsedAt);
}

/// <summary>A new API key.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Role">What it may do.</param>
/// <param name="ExpiresAt">When it stops to be valid; null for never.</param>
/// <param name="Key">The key. This is the only time that it is shown.</param>
internal sealed record CreatedKeyAnswer(string Id, string Name, AccessRole Role, DateTimeOffset? ExpiresAt, string Key);

/// <summary>Who asks.</summary>
/// <param name="Name">The name that is kept with what they do.</param>
/// <param name="Role">What they may do.</param>
/// <param name="Credential">What proves it: <c>token</c>, <c>key</c> or <c>local</c>.</param>
/// <param name="ExpiresAt">When that stops to be valid, or the session that stands for it; null for never.</param>
internal sealed record MeAnswer(
    string Name, AccessRole Role, string Credential, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? ExpiresAt)
{
    /// <summary>Who asks, as it is shown.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="name">Their name.</param>
    public static MeAnswer From(Caller caller, string name) => new(name, caller.Role, caller.Credential, caller.SessionEndsAt ?? caller.Key?.ExpiresAt);
}
