using System.Globalization;
using DlqCluster.Sqlite.Engine;

namespace DlqCluster.Sqlite.Reminders;

/// <summary>Reminders in SQLite.</summary>
/// <param name="store">The database.</param>
public sealed class SqliteReminderTable(SqliteStore store) : IReminderTable
{
    private const string Columns = "SELECT grain, name, start_ticks, period_ticks, version FROM reminders ";

    private static readonly Sql _ofGrain = new(Columns + "WHERE grain = ?1 ORDER BY name");
    private static readonly Sql _one = new(Columns + "WHERE grain = ?1 AND name = ?2");
    private static readonly Sql _between = new(Columns + "WHERE hash > ?1 AND hash <= ?2");
    private static readonly Sql _outside = new(Columns + "WHERE hash > ?1 OR hash <= ?2");
    private static readonly Sql _upsert = new("""
        INSERT INTO reminders (grain, name, hash, start_ticks, period_ticks, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (grain, name) DO UPDATE SET
            start_ticks = excluded.start_ticks, period_ticks = excluded.period_ticks, version = excluded.version
        """);

    private static readonly Sql _remove = new("DELETE FROM reminders WHERE grain = ?1 AND name = ?2 AND version = ?3");
    private static readonly Sql _clear = new("DELETE FROM reminders");

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        store.Open();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<ReminderTableData> ReadRows(GrainId grainId) => store.ReadAsync(grainId.ToString(), static (db, grain) =>
    {
        using var rows = db.Use(_ofGrain).Bind(1, grain);
        return new ReminderTableData(All(rows));
    });

    /// <inheritdoc/>
    /// <remarks>The range leaves out its begin and holds its end, and goes around the ring where the end is not after the begin.</remarks>
    public Task<ReminderTableData> ReadRows(uint begin, uint end) => store.ReadAsync((begin, end), static (db, range) =>
    {
        using var rows = db.Use(range.begin < range.end ? _between : _outside).Bind(1, range.begin).Bind(2, range.end);
        return new ReminderTableData(All(rows));
    });

    /// <inheritdoc/>
    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) =>
        store.ReadAsync((Grain: grainId.ToString(), Name: reminderName), static (db, key) =>
        {
            using var row = db.Use(_one).Bind(1, key.Grain).Bind(2, key.Name);
            return row.Step() ? Entry(row) : null;
        });

    /// <inheritdoc/>
    public Task<string?> UpsertRow(ReminderEntry entry) => store.WriteAsync((Entry: entry, Version: store.NewVersion()), static (db, row) =>
    {
        db.Use(_upsert)
            .Bind(1, row.Entry.GrainId.ToString())
            .Bind(2, row.Entry.ReminderName)
            .Bind(3, row.Entry.GrainId.GetUniformHashCode())
            .Bind(4, row.Entry.StartAt.ToUniversalTime().Ticks)
            .Bind(5, row.Entry.Period.Ticks)
            .Bind(6, row.Version)
            .Run();
        return (string?)Text(row.Version);
    });

    /// <inheritdoc/>
    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) =>
        store.WriteAsync((Grain: grainId.ToString(), Name: reminderName, ETag: eTag), static (db, key) =>
            long.TryParse(key.ETag, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            && db.Use(_remove).Bind(1, key.Grain).Bind(2, key.Name).Bind(3, version).Run() > 0);

    /// <inheritdoc/>
    public Task TestOnlyClearTable() => store.WriteAsync(0, static (db, _) => db.Use(_clear).Run());

    private static List<ReminderEntry> All(Statement rows)
    {
        var entries = new List<ReminderEntry>();
        while (rows.Step()) entries.Add(Entry(rows));
        return entries;
    }

    private static ReminderEntry Entry(Statement row) => new()
    {
        GrainId = GrainId.Parse(row.Text(0)),
        ReminderName = row.Text(1),
        StartAt = new DateTime(row.Int64(2), DateTimeKind.Utc),
        Period = TimeSpan.FromTicks(row.Int64(3)),
        ETag = Text(row.Int64(4)),
    };

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);
}
