namespace DlqCluster.Audit;

/// <summary>
/// The durable record of what operators did. It only grows: an entry is written when its act begins, gets its end once, and is never
/// changed after that; only age and <c>Audit:MaxEntries</c> remove entries. Every completed write is durable.
/// </summary>
public interface IAuditLog
{
    /// <summary>Records that an act begins, or one that has ended already. Recording the same id again changes nothing.</summary>
    /// <param name="entry">The act.</param>
    /// <exception cref="Storage.StorageUnavailableException">It is not known whether it was recorded.</exception>
    Task AppendAsync(AuditEntry entry);

    /// <summary>
    /// Records how an act ended: everything of the entry but its id and time. An entry that has ended already, or is not there, is left as it is.
    /// </summary>
    /// <param name="entry">The act with its end.</param>
    /// <returns>Whether it was recorded.</returns>
    /// <exception cref="Storage.StorageUnavailableException">It is not known whether it was recorded.</exception>
    Task<bool> CompleteAsync(AuditEntry entry);

    /// <summary>A page of entries, newest first. Paging skips and repeats nothing while entries come.</summary>
    /// <param name="query">Which.</param>
    Task<AuditPage> QueryAsync(AuditQuery query);

    /// <summary>Removes the oldest entries.</summary>
    /// <param name="before">Those that began before this.</param>
    /// <param name="keep">And those beyond this many.</param>
    /// <param name="limit">The most to remove in one call.</param>
    /// <returns>How many were removed; less than <paramref name="limit"/> when there is nothing more to remove.</returns>
    Task<int> PurgeAsync(DateTimeOffset before, long keep, int limit);
}
