using System.Text;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Testing;

/// <summary>Groups of letters in memory, counted anew each time. Operations: <c>group.query</c>, <c>group.get</c>, <c>group.put</c>.</summary>
/// <param name="letters">The letters.</param>
public sealed class MemoryLetterGroups(MemoryDeadLetterStore letters) : MemoryStore, ILetterGroups
{
    private static readonly Comparer<string> _utf8Order =
        Comparer<string>.Create(static (a, b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)));

    private readonly Dictionary<(LetterGroupKind Kind, string Name), LetterGroupMark> _marks = [];

    /// <inheritdoc/>
    public Task<LetterGroupPage> QueryAsync(LetterGroupQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.PageSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Page, 1);
        return Do("group.query", () =>
        {
            var groups = letters.All.GroupBy(letter => NameOf(letter, query.Kind), StringComparer.Ordinal).Select(group => Read(query.Kind, group))
                .Where(group => Matches(group, query)).ToList();
            var sorted = query.Descending
                ? groups.OrderByDescending(group => Key(group, query.Sort)).ThenByDescending(group => group.Name, _utf8Order)
                : groups.OrderBy(group => Key(group, query.Sort)).ThenBy(group => group.Name, _utf8Order);
            return new LetterGroupPage([.. sorted.Skip((query.Page - 1) * query.PageSize).Take(query.PageSize)], groups.Count);
        });
    }

    /// <inheritdoc/>
    public Task<LetterGroupMark?> GetMarkAsync(LetterGroupKind kind, string name) => Do("group.get", () => _marks.GetValueOrDefault((kind, name)));

    /// <inheritdoc/>
    public Task<long?> PutMarkAsync(LetterGroupKind kind, string name, LetterGroupMark mark, long expectedVersion) => Do("group.put", () =>
    {
        if ((_marks.GetValueOrDefault((kind, name))?.Version ?? 0) != expectedVersion) return null;
        _marks[(kind, name)] = mark with
        {
            Version = expectedVersion + 1,
            ResolvedAt = mark.ResolvedAt is { } at ? Millisecond(at) : null,
            ChangedAt = Millisecond(mark.ChangedAt),
        };
        return (long?)(expectedVersion + 1);
    });

    private static DateTimeOffset Millisecond(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    private static string NameOf(Letter letter, LetterGroupKind kind) => kind switch
    {
        LetterGroupKind.Fingerprint => letter.Fingerprint,
        LetterGroupKind.ErrorType => ErrorTypes.Name(letter.ErrorType),
        LetterGroupKind.Target => letter.Metadata.Target,
        _ => letter.Metadata.Source ?? "",
    };

    private static long Key(LetterGroup group, LetterGroupSort sort) => sort switch
    {
        LetterGroupSort.Open => group.Open,
        LetterGroupSort.Count => group.Count,
        LetterGroupSort.LastSeen => group.LastSeen.UtcTicks,
        _ => group.FirstSeen.UtcTicks,
    };

    private static bool Matches(LetterGroup group, LetterGroupQuery query) =>
        (query.Name is null || group.Name == query.Name)
        && (query.Owner is null || group.Mark?.Owner == query.Owner)
        && (query.Muted is null || (group.Mark?.Muted ?? false) == query.Muted)
        && (query.State is null || group.State == query.State);

    private LetterGroup Read(LetterGroupKind kind, IGrouping<string, Letter> group)
    {
        var newest = group.OrderByDescending(letter => letter.CreatedAt.ToUnixTimeMilliseconds())
            .ThenByDescending(letter => letter.MessageId.Value, StringComparer.Ordinal).First();
        var lastSeen = Millisecond(group.Max(letter => letter.LastFailedAt));
        var mark = _marks.GetValueOrDefault((kind, group.Key));
        return new LetterGroup
        {
            Kind = kind,
            Name = group.Key,
            Count = group.LongCount(),
            Open = group.LongCount(letter => letter.Status != LetterStatus.Resolved),
            ByStatus = Enum.GetValues<LetterStatus>().ToDictionary(status => status, status => group.LongCount(letter => letter.Status == status)),
            FirstSeen = Millisecond(group.Min(letter => letter.CreatedAt)),
            LastSeen = lastSeen,
            State = LetterGroup.StateOf(mark, lastSeen),
            Mark = mark,
            SampleId = newest.MessageId,
            SampleError = newest.ErrorReason,
        };
    }
}
