using DlqCluster.Audit;

namespace DlqCluster.Testing;

/// <summary>
/// The audit log in memory. Operations: <c>audit.append</c>, <c>audit.complete</c>, <c>audit.query</c>, <c>audit.purge</c>.
/// </summary>
public sealed class MemoryAuditLog : MemoryStore, IAuditLog
{
    // A Guid compares like its text, which is how stores compare its bytes.
    private readonly SortedDictionary<Guid, AuditEntry> _entries = [];

    /// <inheritdoc/>
    public Task AppendAsync(AuditEntry entry) => Do("audit.append", () => _entries.TryAdd(entry.Id, entry));

    /// <inheritdoc/>
    public Task<bool> CompleteAsync(AuditEntry entry) => Do("audit.complete", () =>
    {
        if (!_entries.TryGetValue(entry.Id, out var known) || known.Outcome != AuditOutcome.Begun) return false;
        _entries[entry.Id] = entry with { At = known.At };
        return true;
    });

    /// <inheritdoc/>
    public Task<AuditPage> QueryAsync(AuditQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.PageSize, 1);
        return Do("audit.query", () =>
        {
            var found = _entries.Values.Reverse().Where(entry => Matches(entry, query)).Take(query.PageSize + 1).ToList();
            var page = found.Take(query.PageSize).ToList();
            return new AuditPage(page, found.Count > query.PageSize ? page[^1].Id : null);
        });
    }

    /// <inheritdoc/>
    public Task<int> PurgeAsync(DateTimeOffset before, long keep, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return Do("audit.purge", () =>
        {
            var excess = Math.Max(0, _entries.Count - keep);
            var cut = before.ToUnixTimeMilliseconds();
            var gone = _entries.Values.TakeWhile((entry, index) => index < excess || entry.At.ToUnixTimeMilliseconds() < cut).Take(limit).ToList();
            foreach (var entry in gone) _entries.Remove(entry.Id);
            return gone.Count;
        });
    }

    private static bool Matches(AuditEntry entry, AuditQuery query)
    {
        var at = entry.At.ToUnixTimeMilliseconds();
        return (query.Who is null || entry.Who == query.Who)
            && (query.Act is null || entry.Act == query.Act)
            && (query.Subject is null || entry.Subject == query.Subject)
            && (query.Outcome is null || entry.Outcome == query.Outcome)
            && (query.From is null || at >= query.From.Value.ToUnixTimeMilliseconds())
            && (query.To is null || at < query.To.Value.ToUnixTimeMilliseconds())
            && (query.After is null || entry.Id.CompareTo(query.After.Value) < 0);
    }
}
