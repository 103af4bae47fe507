using System.Globalization;
using System.Text;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Testing;

/// <summary>
/// Dead letters in memory. Operations: <c>letter.get</c>, <c>letter.put</c>, <c>letter.due</c>, <c>letter.stuck</c>, <c>letter.query</c>,
/// <c>letter.stats</c>, <c>letter.select</c>, <c>letter.tally</c>, <c>letter.purge</c>, <c>letter.pending</c>, <c>letter.all</c>.
/// </summary>
public sealed class MemoryDeadLetterStore : MemoryStore, IDeadLetterStore
{
    private const int TopErrorTypes = 10;
    private const int TopSources = 50;

    // Stores compare text by its UTF-8 bytes, which for some characters is not the order of .NET's strings.
    private static readonly Comparer<string> _utf8Order =
        Comparer<string>.Create(static (a, b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)));

    private readonly Dictionary<MessageId, Stored> _letters = [];

    /// <summary>All letters, as they are now.</summary>
    public IReadOnlyList<Letter> All => Do("letter.all", () => _letters.Values.Select(stored => stored.Letter).ToList()).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public Task<Letter?> GetAsync(MessageId messageId) => Do("letter.get", () => _letters.GetValueOrDefault(messageId)?.Letter);

    /// <inheritdoc/>
    public Task<long?> PutAsync(int partition, Letter letter, long expectedVersion)
    {
        var stored = new Stored(partition, letter with { Version = expectedVersion + 1 }, LetterWords.Of(letter));
        return Do("letter.put", () =>
        {
            var version = _letters.GetValueOrDefault(letter.MessageId)?.Letter.Version ?? 0;
            if (version != expectedVersion) return null;
            _letters[letter.MessageId] = stored;
            return (long?)stored.Letter.Version;
        });
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Letter>> DueAsync(int partition, DateTimeOffset now, int limit) => Do("letter.due", () =>
        Earliest(partition, LetterStatus.Pending, letter => letter.NextRetryAt?.ToUnixTimeMilliseconds(), now, limit));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Letter>> StuckAsync(int partition, DateTimeOffset unchangedSince, int limit) => Do("letter.stuck", () =>
        Earliest(partition, LetterStatus.Processing, letter => letter.UpdatedAt.ToUnixTimeMilliseconds(), unchangedSince, limit));

    /// <inheritdoc/>
    public Task<LetterPage> QueryAsync(LetterQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.PageSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Page, 1);
        var cursor = query.Cursor is null ? null : LetterCursor.Of(query);
        return Do("letter.query", () => Page(query, cursor));
    }

    /// <inheritdoc/>
    public Task<LetterStats> StatsAsync() => Do("letter.stats", () =>
    {
        var letters = _letters.Values.Select(stored => stored.Letter).ToList();
        var ended = letters.SelectMany(letter => letter.ReplayAttempts).Where(attempt => attempt.EndedAt is not null).ToList();
        var pending = letters.Where(letter => letter.Status == LetterStatus.Pending).ToList();
        return new LetterStats
        {
            Total = letters.Count,
            ByStatus = Enum.GetValues<LetterStatus>()
                .ToDictionary(status => status, status => letters.LongCount(letter => letter.Status == status)),
            TopErrorTypes = Top(letters, letter => ErrorTypes.Name(letter.ErrorType), TopErrorTypes),
            BySource = Top(letters, letter => letter.Metadata.Source ?? "", TopSources),
            ReplaySuccessRate = ended.Count == 0 ? null : (double)ended.Count(attempt => attempt.Delivered == true) / ended.Count,
            OldestPending = pending.Count == 0
                ? null
                : DateTimeOffset.FromUnixTimeMilliseconds(pending.Min(letter => letter.CreatedAt.ToUnixTimeMilliseconds())),
        };
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<LetterPlace>> SelectAsync(LetterSelection selection, string target, LetterPlace? after, int limit) =>
        Do("letter.select", IReadOnlyList<LetterPlace> () =>
        [
            .. Selected(selection)
                .Where(letter => letter.Metadata.Target == target)
                .Select(letter => (Ms: letter.CreatedAt.ToUnixTimeMilliseconds(), letter.MessageId))
                .Where(place => after is null || Compare(place, (after.CreatedAt.ToUnixTimeMilliseconds(), after.MessageId)) > 0)
                .Order(Comparer<(long Ms, MessageId MessageId)>.Create(Compare))
                .Take(limit)
                .Select(place => new LetterPlace(DateTimeOffset.FromUnixTimeMilliseconds(place.Ms), place.MessageId)),
        ]);

    /// <inheritdoc/>
    public Task<SelectionTally> TallyAsync(LetterSelection selection, int targets) => Do("letter.tally", () =>
    {
        var letters = Selected(selection).ToList();
        var byTarget = Top(letters, letter => letter.Metadata.Target, int.MaxValue).OrderBy(count => count.Name, _utf8Order).Take(targets).ToList();
        return new SelectionTally(byTarget, Top(letters, letter => ErrorTypes.Name(letter.ErrorType), int.MaxValue));
    });

    private static int Compare((long Ms, MessageId MessageId) a, (long Ms, MessageId MessageId) b) =>
        a.Ms.CompareTo(b.Ms) is var order and not 0 ? order : string.CompareOrdinal(a.MessageId.Value, b.MessageId.Value);

    private IEnumerable<Letter> Selected(LetterSelection selection) => _letters.Values
        .Where(stored => Matches(stored, selection.Filter))
        .Select(stored => stored.Letter)
        .Where(letter => letter.Status is LetterStatus.Pending or LetterStatus.Failed or LetterStatus.Manual)
        .Where(letter => letter.CreatedAt.ToUnixTimeMilliseconds() <= selection.At.ToUnixTimeMilliseconds());

    /// <inheritdoc/>
    public Task<int> PurgeAsync(int partition, DateTimeOffset resolvedBefore, DateTimeOffset failedBefore, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return Do("letter.purge", () =>
        {
            var gone = Closed(partition, LetterStatus.Resolved, resolvedBefore).Concat(Closed(partition, LetterStatus.Failed, failedBefore))
                .Take(limit).ToList();
            foreach (var id in gone) _letters.Remove(id);
            return gone.Count;
        });
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<int, long>> PendingByPartitionAsync() => Do("letter.pending", IReadOnlyDictionary<int, long> () =>
        _letters.Values.Where(stored => stored.Letter.Status == LetterStatus.Pending).GroupBy(stored => stored.Partition)
            .ToDictionary(group => group.Key, group => group.LongCount()));

    private IEnumerable<MessageId> Closed(int partition, LetterStatus status, DateTimeOffset before) => _letters.Values
        .Where(stored => stored.Partition == partition && stored.Letter.Status == status)
        .Where(stored => stored.Letter.ClosedAt?.ToUnixTimeMilliseconds() < before.ToUnixTimeMilliseconds())
        .OrderBy(stored => stored.Letter.ClosedAt)
        .Select(stored => stored.Letter.MessageId);

    private static List<NamedCount> Top(IEnumerable<Letter> letters, Func<Letter, string> name, int limit) =>
    [
        .. letters.GroupBy(name, StringComparer.Ordinal)
            .Select(group => new NamedCount(group.Key, group.LongCount()))
            .OrderByDescending(count => count.Count)
            .ThenBy(count => count.Name, _utf8Order)
            .Take(limit),
    ];

    private LetterPage Page(LetterQuery query, LetterCursor? cursor)
    {
        var matches = _letters.Values.Where(stored => Matches(stored, query.Filter)).Select(stored => stored.Letter).ToList();
        var comparer = Comparer<LetterCursor>.Create((a, b) => Compare(a, b) * (query.Descending ? -1 : 1));
        var ordered = matches
            .Select(letter => (Letter: letter, Place: Place(letter, query)))
            .OrderBy(item => item.Place, comparer)
            .SkipWhile(item => cursor is not null && comparer.Compare(item.Place, cursor) <= 0)
            .Skip(cursor is null ? (int)Math.Min((query.Page - 1L) * query.PageSize, int.MaxValue) : 0)
            .Take(query.PageSize + 1)
            .ToList();
        var page = ordered.Take(query.PageSize).ToList();
        return new LetterPage(
            [.. page.Select(item => item.Letter)],
            query.WithTotal ? matches.Count : 0,
            ordered.Count > query.PageSize ? page[^1].Place.Encode() : null);
    }

    private static LetterCursor Place(Letter letter, LetterQuery query) => LetterCursor.Of(letter, query.Sort, query.Descending);

    private static int Compare(LetterCursor a, LetterCursor b)
    {
        var byKey = LetterCursor.IsNumeric(a.Sort)
            ? long.Parse(a.Key, CultureInfo.InvariantCulture).CompareTo(long.Parse(b.Key, CultureInfo.InvariantCulture))
            : _utf8Order.Compare(a.Key, b.Key);
        if (byKey != 0) return byKey;
        var byCreated = a.CreatedMs.CompareTo(b.CreatedMs);
        return byCreated != 0 ? byCreated : string.CompareOrdinal(a.MessageId.Value, b.MessageId.Value);
    }

    private static bool Matches(Stored stored, LetterFilter filter)
    {
        var letter = stored.Letter;
        var created = letter.CreatedAt.ToUnixTimeMilliseconds();
        return (filter.Status is null || letter.Status == filter.Status)
            && (filter.ErrorType is null || letter.ErrorType == filter.ErrorType)
            && (filter.Source is null || (letter.Metadata.Source ?? "") == filter.Source)
            && (filter.Target is null || letter.Metadata.Target == filter.Target)
            && (filter.Tag is null || letter.Metadata.Tags.Contains(filter.Tag))
            && (filter.Fingerprint is null || letter.Fingerprint == filter.Fingerprint)
            && (filter.From is null || created >= filter.From.Value.ToUnixTimeMilliseconds())
            && (filter.To is null || created < filter.To.Value.ToUnixTimeMilliseconds())
            && (filter.Text is null || LetterWords.Match(stored.Words, filter.Text));
    }

    private IReadOnlyList<Letter> Earliest(int partition, LetterStatus status, Func<Letter, long?> time, DateTimeOffset upTo, int limit) =>
    [
        .. _letters.Values
            .Where(stored => stored.Partition == partition && stored.Letter.Status == status)
            .Select(stored => stored.Letter)
            .Where(letter => time(letter) <= upTo.ToUnixTimeMilliseconds())
            .OrderBy(time)
            .ThenBy(letter => letter.MessageId.Value, StringComparer.Ordinal)
            .Take(limit),
    ];

    private sealed record Stored(int Partition, Letter Letter, IReadOnlySet<string> Words);
}
