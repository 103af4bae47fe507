using DlqCluster.DeadLetters;
using DlqCluster.Sqlite.Engine;

namespace DlqCluster.Sqlite.DeadLetters;

/// <summary>Groups of letters in SQLite, from counts that are kept with every change of a letter.</summary>
/// <param name="store">The database.</param>
public sealed class SqliteLetterGroups(SqliteStore store) : ILetterGroups
{
    private const string Columns = """
        g.name, g.total, g.pending, g.processing, g.resolved, g.failed, g.manual, g.first_ms, g.last_ms,
        m.version, m.owner, m.note, m.muted, m.resolved_ms, m.changed_by, m.changed_ms
        """;

    private const string From = "FROM letter_groups g LEFT JOIN letter_marks m ON m.kind = g.kind AND m.name = g.name";
    private const int MarkColumn = 9;

    private static readonly Sql _mark = new("""
        SELECT version, owner, note, muted, resolved_ms, changed_by, changed_ms FROM letter_marks WHERE kind = ?1 AND name = ?2
        """);

    private static readonly Sql _insert = new("""
        INSERT INTO letter_marks (version, owner, note, muted, resolved_ms, changed_by, changed_ms, kind, name)
        VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING
        """);

    private static readonly Sql _update = new("""
        UPDATE letter_marks SET version = version + 1, owner = ?1, note = ?2, muted = ?3, resolved_ms = ?4, changed_by = ?5, changed_ms = ?6
        WHERE kind = ?7 AND name = ?8 AND version = ?9
        """);

    private static readonly Dictionary<LetterGroupKind, Sql> _samples = new()
    {
        [LetterGroupKind.Fingerprint] = Sample("fingerprint"),
        [LetterGroupKind.ErrorType] = Sample("error_type"),
        [LetterGroupKind.Target] = Sample("target"),
        [LetterGroupKind.Source] = Sample("source"),
    };

    /// <inheritdoc/>
    public Task<LetterGroupPage> QueryAsync(LetterGroupQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.PageSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Page, 1);
        return store.ReadSlowlyAsync(query, static (db, query) => SqliteDeadLetterStore.Snapshot(db, query, Read));
    }

    /// <inheritdoc/>
    public Task<LetterGroupMark?> GetMarkAsync(LetterGroupKind kind, string name) => store.ReadAsync((kind, name), static (db, group) =>
    {
        using var row = db.Use(_mark).Bind(1, KindName(group.kind)).Bind(2, group.name);
        return row.Step() ? ReadMark(row, 0) : null;
    });

    /// <inheritdoc/>
    public Task<long?> PutMarkAsync(LetterGroupKind kind, string name, LetterGroupMark mark, long expectedVersion) =>
        store.WriteAsync((kind, name, mark, expectedVersion), static (db, args) =>
        {
            var (kind, name, mark, expectedVersion) = args;
            var statement = db.Use(expectedVersion == 0 ? _insert : _update)
                .BindText(1, mark.Owner)
                .BindText(2, mark.Note)
                .Bind(3, mark.Muted ? 1 : 0)
                .Bind(4, mark.ResolvedAt?.ToUnixTimeMilliseconds())
                .Bind(5, mark.ChangedBy)
                .Bind(6, mark.ChangedAt.ToUnixTimeMilliseconds())
                .Bind(7, KindName(kind))
                .Bind(8, name);
            if (expectedVersion > 0) statement.Bind(9, expectedVersion);
            return statement.Run() > 0 ? expectedVersion + 1 : (long?)null;
        });

    private static LetterGroupPage Read(Connection db, LetterGroupQuery query)
    {
        var (where, bind) = Where(query);
        using var count = bind(db.Prepare($"SELECT count(*) {From} {where}"));
        var total = count.Step() ? count.Int64(0) : 0;
        var direction = query.Descending ? "DESC" : "ASC";
        using var rows = bind(db.Prepare($"SELECT {Columns} {From} {where} ORDER BY {Key(query.Sort)} {direction}, g.name {direction} LIMIT ?10 OFFSET ?11"));
        rows.Bind(10, query.PageSize).Bind(11, (query.Page - 1L) * query.PageSize);
        var groups = new List<LetterGroup>();
        while (rows.Step()) groups.Add(ReadGroup(db, query.Kind, rows));
        return new LetterGroupPage(groups, total);
    }

    private static (string Where, Func<Statement, Statement> Bind) Where(LetterGroupQuery query)
    {
        var where = "WHERE g.kind = ?1";
        if (query.Name is not null) where += " AND g.name = ?2";
        if (query.Owner is not null) where += " AND m.owner = ?3";
        if (query.Muted is { } muted) where += $" AND ifnull(m.muted, 0) = {(muted ? 1 : 0)}";
        where += query.State switch
        {
            LetterGroupState.Active => " AND m.resolved_ms IS NULL",
            LetterGroupState.Resolved => " AND g.last_ms <= m.resolved_ms",
            LetterGroupState.Regressed => " AND g.last_ms > m.resolved_ms",
            _ => "",
        };
        return (where, statement =>
        {
            statement.Bind(1, KindName(query.Kind));
            if (query.Name is not null) statement.Bind(2, query.Name);
            return query.Owner is null ? statement : statement.Bind(3, query.Owner);
        }
        );
    }

    private static string Key(LetterGroupSort sort) => sort switch
    {
        LetterGroupSort.Open => "g.total - g.resolved",
        LetterGroupSort.Count => "g.total",
        LetterGroupSort.LastSeen => "g.last_ms",
        LetterGroupSort.FirstSeen => "g.first_ms",
        _ => throw new ArgumentOutOfRangeException(nameof(sort), sort, "There is no such sort."),
    };

    private static LetterGroup ReadGroup(Connection db, LetterGroupKind kind, Statement row)
    {
        var name = row.Text(0);
        var mark = row.IsNull(MarkColumn) ? null : ReadMark(row, MarkColumn);
        var lastSeen = DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(8));
        using var sample = db.Use(_samples[kind]).Bind(1, name);
        var letter = sample.Step() ? LetterJson.Read(sample.Blob(0)) : new Letter();
        return new LetterGroup
        {
            Kind = kind,
            Name = name,
            Count = row.Int64(1),
            Open = row.Int64(1) - row.Int64(4),
            ByStatus = Enum.GetValues<LetterStatus>().ToDictionary(status => status, status => row.Int64(2 + (int)status)),
            FirstSeen = DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(7)),
            LastSeen = lastSeen,
            State = LetterGroup.StateOf(mark, lastSeen),
            Mark = mark,
            SampleId = letter.MessageId,
            SampleError = letter.ErrorReason,
        };
    }

    private static LetterGroupMark ReadMark(Statement row, int first) => new()
    {
        Version = row.Int64(first),
        Owner = row.IsNull(first + 1) ? null : row.Text(first + 1),
        Note = row.IsNull(first + 2) ? null : row.Text(first + 2),
        Muted = row.Int64(first + 3) != 0,
        ResolvedAt = row.IsNull(first + 4) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(first + 4)),
        ChangedBy = row.Text(first + 5),
        ChangedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(first + 6)),
    };

    private static Sql Sample(string column) => new($"""
        SELECT json FROM letter_bodies
        WHERE id = (SELECT id FROM letters WHERE {column} = ?1 ORDER BY created_ms DESC, message_id DESC LIMIT 1)
        """);

    private static string KindName(LetterGroupKind kind) => kind switch
    {
        LetterGroupKind.Fingerprint => "fingerprint",
        LetterGroupKind.ErrorType => "errorType",
        LetterGroupKind.Target => "target",
        LetterGroupKind.Source => "source",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of group."),
    };
}
