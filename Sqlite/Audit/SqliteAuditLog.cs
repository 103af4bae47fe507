using DlqCluster.Audit;
using DlqCluster.Sqlite.Engine;

namespace DlqCluster.Sqlite.Audit;

/// <summary>The record of operators' acts in SQLite. Times are compared by the millisecond.</summary>
/// <param name="store">The database.</param>
public sealed class SqliteAuditLog(SqliteStore store) : IAuditLog
{
    private const string Columns = "id, at_ticks, who, credential, act, subject, count, reason, sender, outcome, status, detail";

    private static readonly Sql _append = new($"""
        INSERT INTO audit ({Columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (id) DO NOTHING
        """);

    private static readonly Sql _complete = new("""
        UPDATE audit SET who = ?3, credential = ?4, act = ?5, subject = ?6, count = ?7, reason = ?8, sender = ?9, outcome = ?10, status = ?11,
            detail = ?12
        WHERE id = ?1 AND outcome = 0
        """);

    private static readonly Sql _count = new("SELECT count(*) FROM audit");
    private static readonly Sql _purgeOld = new("DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < ?1 ORDER BY id LIMIT ?2)");

    private static readonly Sql _purgeMany = new("DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT ?1)");

    /// <inheritdoc/>
    public Task AppendAsync(AuditEntry entry) => store.WriteAsync(entry, static (db, entry) => Bind(db.Use(_append), entry).Run());

    /// <inheritdoc/>
    public Task<bool> CompleteAsync(AuditEntry entry) =>
        store.WriteAsync(entry, static (db, entry) => Bind(db.Use(_complete), entry).Run() > 0);

    /// <inheritdoc/>
    public Task<AuditPage> QueryAsync(AuditQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.PageSize, 1);
        return store.ReadSlowlyAsync(query, static (db, query) =>
        {
            using var rows = AuditSelect.Prepare(db, query, Columns);
            var entries = new List<AuditEntry>();
            while (rows.Step()) entries.Add(Read(rows));
            if (entries.Count <= query.PageSize) return new AuditPage(entries, null);
            entries.RemoveAt(query.PageSize);
            return new AuditPage(entries, entries[^1].Id);
        });
    }

    /// <inheritdoc/>
    public async Task<int> PurgeAsync(DateTimeOffset before, long keep, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        // Counted by a reader: it takes as long as there are entries, and the writer must not wait for that.
        var count = await store.ReadSlowlyAsync(0, static (db, _) =>
        {
            using var row = db.Use(_count);
            return row.Step() ? row.Int64(0) : 0;
        }).ConfigureAwait(false);
        var excess = Math.Clamp(count - keep, 0, limit);
        return await store.WriteTogetherAsync((before, excess, limit), static (db, args) =>
        {
            var removed = db.Use(_purgeMany).Bind(1, args.excess).Run();
            return removed + db.Use(_purgeOld).Bind(1, AuditSelect.FirstIdOf(args.before)).Bind(2, (long)args.limit - removed).Run();
        }).ConfigureAwait(false);
    }

    private static Statement Bind(Statement statement, AuditEntry entry) => statement
        .Bind(1, entry.Id.ToByteArray(bigEndian: true))
        .Bind(2, entry.At.UtcTicks)
        .Bind(3, entry.Who)
        .Bind(4, entry.Credential)
        .Bind(5, entry.Act)
        .BindText(6, entry.Subject)
        .Bind(7, entry.Count)
        .BindText(8, entry.Reason)
        .BindText(9, entry.From)
        .Bind(10, (long)entry.Outcome)
        .Bind(11, (long?)entry.Status)
        .BindText(12, entry.Detail);

    private static AuditEntry Read(Statement row) => new()
    {
        Id = new Guid(row.Blob(0), bigEndian: true),
        At = new DateTimeOffset(row.Int64(1), TimeSpan.Zero),
        Who = row.Text(2),
        Credential = row.Text(3),
        Act = row.Text(4),
        Subject = Text(row, 5),
        Count = row.IsNull(6) ? null : row.Int64(6),
        Reason = Text(row, 7),
        From = Text(row, 8),
        Outcome = (AuditOutcome)row.Int64(9),
        Status = row.IsNull(10) ? null : (int)row.Int64(10),
        Detail = Text(row, 11),
    };

    private static string? Text(Statement row, int column) => row.IsNull(column) ? null : row.Text(column);
}

/// <summary>A query of the audit log as SQL.</summary>
internal static class AuditSelect
{
    /// <summary>Prepares it, for one row more than a page has.</summary>
    /// <param name="db">The connection.</param>
    /// <param name="query">The query.</param>
    /// <param name="columns">What to read.</param>
    /// <param name="prefix">What comes before the statement.</param>
    public static Statement Prepare(Connection db, AuditQuery query, string columns, string prefix = "")
    {
        var conditions = new List<string>();
        var bindings = new List<Action<Statement, int>>();
        Where("who = ?", query.Who, static (s, i, v) => s.BindText(i, v));
        Where("act = ?", query.Act, static (s, i, v) => s.BindText(i, v));
        Where("subject = ?", query.Subject, static (s, i, v) => s.BindText(i, v));
        Where("outcome = ?", query.Outcome, static (s, i, v) => s.Bind(i, (long)v!.Value));
        // An id begins with its time: both bounds are ranges of the order itself.
        Where("id >= ?", query.From, static (s, i, v) => s.Bind(i, FirstIdOf(v!.Value)));
        Where("id < ?", query.To, static (s, i, v) => s.Bind(i, FirstIdOf(v!.Value)));
        Where("id < ?", query.After, static (s, i, v) => s.Bind(i, v!.Value.ToByteArray(bigEndian: true)));
        var where = conditions.Count == 0 ? "" : " WHERE " + string.Join(" AND ", conditions);
        var statement = db.Prepare($"{prefix}SELECT {columns} FROM audit{where} ORDER BY id DESC LIMIT ?");
        for (var i = 0; i < bindings.Count; i++) bindings[i](statement, i + 1);
        return statement.Bind(bindings.Count + 1, query.PageSize + 1L);

        void Where<T>(string condition, T value, Action<Statement, int, T> bind)
        {
            if (value is null) return;
            conditions.Add(condition);
            bindings.Add((s, i) => bind(s, i, value));
        }
    }

    /// <summary>The least id of a moment, to the millisecond.</summary>
    public static byte[] FirstIdOf(DateTimeOffset time)
    {
        var ms = Math.Max(0, time.ToUnixTimeMilliseconds());
        var id = new byte[16];
        for (var i = 0; i < 6; i++) id[i] = (byte)(ms >> (40 - (8 * i)));
        return id;
    }
}
