using System.Text.Json.Serialization;
using DlqCluster.Messages;

namespace DlqCluster.DeadLetters;

/// <summary>What the letters of a group have in common.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LetterGroupKind>))]
public enum LetterGroupKind
{
    /// <summary>The fingerprint: error type, downstream and normalised error.</summary>
    [JsonStringEnumMemberName("fingerprint")] Fingerprint,

    /// <summary>The error type.</summary>
    [JsonStringEnumMemberName("errorType")] ErrorType,

    /// <summary>The downstream.</summary>
    [JsonStringEnumMemberName("target")] Target,

    /// <summary>The source; letters without one share the empty name.</summary>
    [JsonStringEnumMemberName("source")] Source,
}

/// <summary>Where a group is in its life.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LetterGroupState>))]
public enum LetterGroupState
{
    /// <summary>Nobody has called it resolved.</summary>
    [JsonStringEnumMemberName("active")] Active,

    /// <summary>An operator has called its cause resolved, and no letter of it has failed since.</summary>
    [JsonStringEnumMemberName("resolved")] Resolved,

    /// <summary>It was called resolved, and came back.</summary>
    [JsonStringEnumMemberName("regressed")] Regressed,
}

/// <summary>What to sort groups by.</summary>
public enum LetterGroupSort
{
    /// <summary>By letters that are not resolved.</summary>
    Open,

    /// <summary>By letters.</summary>
    Count,

    /// <summary>By when one failed last.</summary>
    LastSeen,

    /// <summary>By when the first was dead-lettered.</summary>
    FirstSeen,
}

/// <summary>What people say of a group. It survives its letters, replays and restarts.</summary>
public sealed record LetterGroupMark
{
    /// <summary>Who looks after it.</summary>
    public string? Owner { get; init; }

    /// <summary>What is known of it.</summary>
    public string? Note { get; init; }

    /// <summary>Whether nobody wants to hear of it.</summary>
    public bool Muted { get; init; }

    /// <summary>When its cause was called resolved; null when it is not. To the millisecond.</summary>
    public DateTimeOffset? ResolvedAt { get; init; }

    /// <summary>Who changed this last.</summary>
    public string ChangedBy { get; init; } = "";

    /// <summary>When. To the millisecond.</summary>
    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>Grows with every change; 0 when nobody has said anything.</summary>
    public long Version { get; init; }
}

/// <summary>Letters that have something in common.</summary>
public sealed record LetterGroup
{
    /// <summary>What they have in common.</summary>
    public LetterGroupKind Kind { get; init; }

    /// <summary>Its value.</summary>
    public string Name { get; init; } = "";

    /// <summary>How many there are, whatever their status.</summary>
    public long Count { get; init; }

    /// <summary>How many are not resolved.</summary>
    public long Open { get; init; }

    /// <summary>By status; every status is there.</summary>
    public IReadOnlyDictionary<LetterStatus, long> ByStatus { get; init; } = new Dictionary<LetterStatus, long>();

    /// <summary>When the first was dead-lettered, to the millisecond.</summary>
    public DateTimeOffset FirstSeen { get; init; }

    /// <summary>When one failed last, to the millisecond.</summary>
    public DateTimeOffset LastSeen { get; init; }

    /// <summary>Where it is in its life.</summary>
    public LetterGroupState State { get; init; }

    /// <summary>What people say of it; null when nobody has said anything.</summary>
    public LetterGroupMark? Mark { get; init; }

    /// <summary>The letter of it that was dead-lettered last.</summary>
    public MessageId SampleId { get; init; }

    /// <summary>That letter's error.</summary>
    public string SampleError { get; init; } = "";

    /// <summary>The state that follows from a mark and from when a letter failed last.</summary>
    /// <param name="mark">The mark.</param>
    /// <param name="lastSeen">When a letter failed last.</param>
    public static LetterGroupState StateOf(LetterGroupMark? mark, DateTimeOffset lastSeen) =>
        mark?.ResolvedAt is not { } resolved ? LetterGroupState.Active : lastSeen > resolved ? LetterGroupState.Regressed : LetterGroupState.Resolved;
}

/// <summary>Which groups. What is null is not asked for; everything given must hold.</summary>
public sealed record LetterGroupQuery
{
    /// <summary>Groups of this kind.</summary>
    public LetterGroupKind Kind { get; init; }

    /// <summary>The one with this name.</summary>
    public string? Name { get; init; }

    /// <summary>In this state.</summary>
    public LetterGroupState? State { get; init; }

    /// <summary>Muted, or not.</summary>
    public bool? Muted { get; init; }

    /// <summary>Of this owner.</summary>
    public string? Owner { get; init; }

    /// <summary>In which order; ties are broken by name.</summary>
    public LetterGroupSort Sort { get; init; }

    /// <summary>Largest first.</summary>
    public bool Descending { get; init; } = true;

    /// <summary>1 for the first page.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Groups a page, at least 1.</summary>
    public int PageSize { get; init; } = 50;
}

/// <summary>A page of groups.</summary>
/// <param name="Groups">The groups.</param>
/// <param name="Total">How many match in all.</param>
public sealed record LetterGroupPage(IReadOnlyList<LetterGroup> Groups, long Total);

/// <summary>Letters by what they have in common, and what people say of them. Every completed write is durable.</summary>
public interface ILetterGroups
{
    /// <summary>A page of groups that have letters.</summary>
    /// <param name="query">Which.</param>
    Task<LetterGroupPage> QueryAsync(LetterGroupQuery query);

    /// <summary>What people say of a group, whether it has letters or not; null when nobody has said anything.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="name">Its name.</param>
    Task<LetterGroupMark?> GetMarkAsync(LetterGroupKind kind, string name);

    /// <summary>Stores what people say of a group, if what is stored still has the expected version.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="name">Its name.</param>
    /// <param name="mark">What they say.</param>
    /// <param name="expectedVersion">The version it was made from; 0 when there must be none yet.</param>
    /// <returns>The new version; null when the stored one was another, and nothing was changed.</returns>
    /// <exception cref="Storage.StorageUnavailableException">It is not known whether it was stored.</exception>
    Task<long?> PutMarkAsync(LetterGroupKind kind, string name, LetterGroupMark mark, long expectedVersion);
}
