using DlqCluster.Sqlite.Engine;
using DlqCluster.Storage;

namespace DlqCluster.Sqlite.Layout;

/// <summary>How the data of a SQLite store is laid out.</summary>
/// <param name="store">The database.</param>
public sealed class SqliteDataLayout(SqliteStore store) : IDataLayout
{
    private static readonly Sql _fix = new("INSERT INTO layout (name, value) VALUES ('partitions', ?1) ON CONFLICT (name) DO NOTHING");
    private static readonly Sql _read = new("SELECT value FROM layout WHERE name = 'partitions'");

    /// <inheritdoc/>
    public Task<int> FixPartitionsAsync(int count) => store.WriteTogetherAsync(count, static (db, count) =>
    {
        db.Use(_fix).Bind(1, count).Run();
        using var row = db.Use(_read);
        return row.Step() ? (int)row.Int64(0) : throw new InvalidOperationException("The number of partitions was not stored.");
    });
}
