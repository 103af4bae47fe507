using System.Text.Json.Serialization;

namespace DlqCluster.Security;

/// <summary>What somebody may do. Each role may do all that the ones before it may.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AccessRole>))]
public enum AccessRole
{
    /// <summary>Hand in messages.</summary>
    [JsonStringEnumMemberName("submit")] Submit,

    /// <summary>Look at everything but secrets, keys, settings and the audit log.</summary>
    [JsonStringEnumMemberName("read")] Read,

    /// <summary>Cancel, replay, discard, pause and resume.</summary>
    [JsonStringEnumMemberName("operate")] Operate,

    /// <summary>Everything: downstreams and their secrets, forced breakers, keys, settings, the audit log.</summary>
    [JsonStringEnumMemberName("admin")] Admin,
}

/// <summary>A key to the API. The key itself is known to who got it and to nobody else; here is what recognises it.</summary>
[GenerateSerializer, Immutable, Alias("dlq.AccessKey")]
public sealed record AccessKey
{
    /// <summary>The part of the key by which it is found; no secret.</summary>
    [Id(0)] public string Id { get; init; } = "";

    /// <summary>What people call it, and what the audit log says; unique among the keys that are valid.</summary>
    [Id(1)] public string Name { get; init; } = "";

    /// <summary>What it may do.</summary>
    [Id(2)] public AccessRole Role { get; init; }

    /// <summary>The SHA-256 of the whole key, in base64. The key has 256 random bits, so that no slower hash is needed.</summary>
    [Id(3)] public string Hash { get; init; } = "";

    /// <summary>When it was made.</summary>
    [Id(4)] public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who made it.</summary>
    [Id(5)] public string CreatedBy { get; init; } = "";

    /// <summary>When it stops to be valid; null for never.</summary>
    [Id(6)] public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How many requests a minute it may make of each process of the API; null for no limit of its own.</summary>
    [Id(7)] public int? RequestsPerMinute { get; init; }

    /// <summary>When it was last used, to within some minutes; null for never.</summary>
    [Id(8)] public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Whether it is valid no more.</summary>
    /// <param name="now">The time.</param>
    public bool HasExpired(DateTimeOffset now) => ExpiresAt <= now;
}

/// <summary>All keys at one moment.</summary>
/// <param name="Version">Grows with every change.</param>
/// <param name="Keys">The keys, by the time they were made.</param>
[GenerateSerializer, Immutable, Alias("dlq.AccessKeyList")]
public sealed record AccessKeyList([property: Id(0)] long Version, [property: Id(1)] IReadOnlyList<AccessKey> Keys);

/// <summary>How a change of the keys ended.</summary>
public enum AccessKeyChange
{
    /// <summary>It is done.</summary>
    Done,

    /// <summary>A valid key has that name.</summary>
    NameTaken,

    /// <summary>There are as many keys as <c>Security:MaxKeys</c> allows.</summary>
    Full,

    /// <summary>There is no such key.</summary>
    NotFound,
}

/// <summary>
/// Keeps the keys to the API. One grain (key 0) for all of them: there are few, every process of the API needs all, and each works from a
/// copy that it refreshes, so that a key that is removed opens nothing anywhere within seconds.
/// </summary>
[Alias("dlq.IAccessKeysGrain")]
public interface IAccessKeysGrain : IGrainWithIntegerKey
{
    /// <summary>The keys, or null when they are still the version that the caller knows.</summary>
    /// <param name="knownVersion">The caller's version; −1 for none.</param>
    [Alias("GetIfNewer")]
    Task<AccessKeyList?> GetIfNewer(long knownVersion);

    /// <summary>Adds a key. It takes the place of one of the same name that has expired.</summary>
    /// <param name="key">The key.</param>
    [Alias("Add")]
    Task<AccessKeyChange> Add(AccessKey key);

    /// <summary>Removes a key.</summary>
    /// <param name="id">Its id.</param>
    [Alias("Remove")]
    Task<AccessKeyChange> Remove(string id);

    /// <summary>Notes that keys were used. Ids that are not known are passed over.</summary>
    /// <param name="ids">Which.</param>
    /// <param name="at">When.</param>
    [Alias("Touch")]
    Task Touch(IReadOnlyList<string> ids, DateTimeOffset at);
}
