using DlqCluster.Messages;

namespace DlqCluster.DeadLetters;

/// <summary>What to sort letters by.</summary>
public enum LetterSort
{
    /// <summary>When they were dead-lettered first.</summary>
    CreatedAt,

    /// <summary>When they last changed.</summary>
    UpdatedAt,

    /// <summary>When they replay themselves; those that do not come last.</summary>
    NextRetryAt,

    /// <summary>By error type.</summary>
    ErrorType,

    /// <summary>By status.</summary>
    Status,

    /// <summary>By downstream.</summary>
    Target,

    /// <summary>By source.</summary>
    Source,

    /// <summary>By failed replays.</summary>
    DlqRetryCount,
}

/// <summary>Which letters. What is null is not asked for; everything given must hold.</summary>
[GenerateSerializer, Immutable, Alias("dlq.LetterFilter")]
public sealed record LetterFilter
{
    /// <summary>With this status.</summary>
    [Id(0)] public LetterStatus? Status { get; init; }

    /// <summary>With this error type.</summary>
    [Id(1)] public ErrorType? ErrorType { get; init; }

    /// <summary>From this source.</summary>
    [Id(2)] public string? Source { get; init; }

    /// <summary>To this downstream.</summary>
    [Id(3)] public string? Target { get; init; }

    /// <summary>With this label.</summary>
    [Id(4)] public string? Tag { get; init; }

    /// <summary>With this fingerprint.</summary>
    [Id(5)] public string? Fingerprint { get; init; }

    /// <summary>Dead-lettered at or after this.</summary>
    [Id(6)] public DateTimeOffset? From { get; init; }

    /// <summary>Dead-lettered before this.</summary>
    [Id(7)] public DateTimeOffset? To { get; init; }

    /// <summary>Whose error, payload and correlation id have all of these words, in any order and case; the last one may be the beginning of a word.</summary>
    [Id(8)] public string? Text { get; init; }
}

/// <summary>A page of letters to read: either the nth page, or what follows a cursor.</summary>
public sealed record LetterQuery
{
    /// <summary>How far letters are counted one by one.</summary>
    public const int MaxCounted = 10_000;

    /// <summary>Which letters.</summary>
    public LetterFilter Filter { get; init; } = new();

    /// <summary>In which order; ties are broken by when they were dead-lettered, then by id.</summary>
    public LetterSort Sort { get; init; }

    /// <summary>Largest first.</summary>
    public bool Descending { get; init; } = true;

    /// <summary>1 for the first page; ignored when <see cref="Cursor"/> is given.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Letters a page, at least 1.</summary>
    public int PageSize { get; init; } = 20;

    /// <summary>Whether to count the letters that match.</summary>
    public bool WithTotal { get; init; } = true;

    /// <summary>
    /// The <see cref="LetterPage.NextCursor"/> of the page before, of a query with the same filter and sort. Unlike page numbers it skips and
    /// repeats nothing while letters come and go.
    /// </summary>
    public string? Cursor { get; init; }
}

/// <summary>A page of letters.</summary>
/// <param name="Letters">The letters.</param>
/// <param name="Total">How many match the filter in all; 0 when that was not asked for.</param>
/// <param name="NextCursor">Where the next page begins; null on the last.</param>
/// <param name="TotalIsExact">
/// Whether <paramref name="Total"/> is all; otherwise there are at least that many. Counting stops at <see cref="LetterQuery.MaxCounted"/>,
/// unless the number is kept: for no filter, for a status, and for one of error type, source, target or fingerprint with or without a status.
/// </param>
public sealed record LetterPage(IReadOnlyList<Letter> Letters, long Total, string? NextCursor, bool TotalIsExact = true);

/// <summary>A name and how many letters have it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Count">How many.</param>
[GenerateSerializer, Immutable, Alias("dlq.NamedCount")]
public sealed record NamedCount([property: Id(0)] string Name, [property: Id(1)] long Count);

/// <summary>
/// The letters that a replay job is about: those that match, were dead-lettered at or before a moment, and wait to be replayed (pending,
/// failed or manual).
/// </summary>
/// <param name="Filter">Which.</param>
/// <param name="At">The moment, to the millisecond.</param>
public sealed record LetterSelection(LetterFilter Filter, DateTimeOffset At);

/// <summary>A letter's place in the order in which letters are replayed: by the time they were dead-lettered, then by id.</summary>
/// <param name="CreatedAt">When it was dead-lettered, to the millisecond.</param>
/// <param name="MessageId">The letter.</param>
[GenerateSerializer, Immutable, Alias("dlq.LetterPlace")]
public sealed record LetterPlace([property: Id(0)] DateTimeOffset CreatedAt, [property: Id(1)] MessageId MessageId);

/// <summary>A selection in numbers.</summary>
/// <param name="ByTarget">Letters by downstream, by name; at most as many as were asked for.</param>
/// <param name="ByErrorType">Letters by error type, most frequent first.</param>
public sealed record SelectionTally(IReadOnlyList<NamedCount> ByTarget, IReadOnlyList<NamedCount> ByErrorType);

/// <summary>The dead-letter queue in numbers.</summary>
public sealed record LetterStats
{
    /// <summary>All letters.</summary>
    public long Total { get; init; }

    /// <summary>By status; every status is there.</summary>
    public IReadOnlyDictionary<LetterStatus, long> ByStatus { get; init; } = new Dictionary<LetterStatus, long>();

    /// <summary>The ten most frequent error types.</summary>
    public IReadOnlyList<NamedCount> TopErrorTypes { get; init; } = [];

    /// <summary>The fifty sources with the most letters; letters without a source count as the empty name.</summary>
    public IReadOnlyList<NamedCount> BySource { get; init; } = [];

    /// <summary>Replays that ended with a delivery, of all replays that ended, 0 to 1; null when none has ended.</summary>
    public double? ReplaySuccessRate { get; init; }

    /// <summary>When the oldest pending letter was dead-lettered.</summary>
    public DateTimeOffset? OldestPending { get; init; }
}

/// <summary>
/// Durable storage of letters. Only the partition grain that owns a letter writes it; anybody may read. Every completed write is durable.
/// </summary>
public interface IDeadLetterStore
{
    /// <summary>One letter, or null.</summary>
    /// <param name="messageId">Its id.</param>
    Task<Letter?> GetAsync(MessageId messageId);

    /// <summary>
    /// Stores a letter if the stored one still has <paramref name="expectedVersion"/>. The stored letter gets the next version.
    /// </summary>
    /// <param name="partition">The partition that owns it.</param>
    /// <param name="letter">The letter.</param>
    /// <param name="expectedVersion">The version it was made from; 0 when there must be none yet.</param>
    /// <returns>The new version; null when the stored version was another one, and nothing was changed.</returns>
    /// <exception cref="Storage.StorageUnavailableException">It is not known whether it was stored.</exception>
    Task<long?> PutAsync(int partition, Letter letter, long expectedVersion);

    /// <summary>Pending letters of a partition whose next replay is due, earliest first.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="now">Due at or before this.</param>
    /// <param name="limit">The most to return.</param>
    Task<IReadOnlyList<Letter>> DueAsync(int partition, DateTimeOffset now, int limit);

    /// <summary>Letters of a partition whose replay has been under way for too long, oldest first.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="unchangedSince">Not changed after this.</param>
    /// <param name="limit">The most to return.</param>
    Task<IReadOnlyList<Letter>> StuckAsync(int partition, DateTimeOffset unchangedSince, int limit);

    /// <summary>A page of letters.</summary>
    /// <param name="query">Which.</param>
    /// <exception cref="ArgumentException">The cursor is not one of ours, or belongs to another sort.</exception>
    Task<LetterPage> QueryAsync(LetterQuery query);

    /// <summary>The queue in numbers.</summary>
    Task<LetterStats> StatsAsync();

    /// <summary>The letters of one downstream that a selection holds now, oldest first.</summary>
    /// <param name="selection">The selection.</param>
    /// <param name="target">The downstream.</param>
    /// <param name="after">Only what comes after this; null for the first.</param>
    /// <param name="limit">The most to return, at least 1.</param>
    Task<IReadOnlyList<LetterPlace>> SelectAsync(LetterSelection selection, string target, LetterPlace? after, int limit);

    /// <summary>A selection in numbers.</summary>
    /// <param name="selection">The selection.</param>
    /// <param name="targets">The most downstreams to name, at least 1.</param>
    Task<SelectionTally> TallyAsync(LetterSelection selection, int targets);

    /// <summary>Removes letters that have been closed for long enough, those of one partition, oldest first. Never one whose replay is under way.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="resolvedBefore">Those resolved, by a delivery or a discard, before this.</param>
    /// <param name="failedBefore">Those failed before this.</param>
    /// <param name="limit">The most to remove.</param>
    /// <returns>How many were removed.</returns>
    /// <exception cref="Storage.StorageUnavailableException">It is not known whether they were removed.</exception>
    Task<int> PurgeAsync(int partition, DateTimeOffset resolvedBefore, DateTimeOffset failedBefore, int limit);

    /// <summary>How many pending letters each partition has; partitions without any are left out.</summary>
    Task<IReadOnlyDictionary<int, long>> PendingByPartitionAsync();
}
