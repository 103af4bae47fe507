using DlqCluster.Sqlite;
using Microsoft.Extensions.Options;

namespace DlqCluster.Contract.Tests.Sqlite;

/// <summary>An open SQLite store in a directory of its own, which goes with it.</summary>
internal sealed class SqliteFixture : IDisposable
{
    private readonly Action<SqliteOptions>? _configure;

    public SqliteFixture(Action<SqliteOptions>? configure = null)
    {
        _configure = configure;
        Directory = TemporaryDirectory();
        Store = OpenAnother(Directory);
    }

    public string Directory { get; }

    public SqliteStore Store { get; private set; }

    public static string TemporaryDirectory() => Path.Combine(Path.GetTempPath(), $"dlq-{Guid.NewGuid():N}");

    public static SqliteStore Create(string directory, Action<SqliteOptions>? configure = null)
    {
        var options = new SqliteOptions { DataDirectory = directory };
        configure?.Invoke(options);
        return new SqliteStore(Options.Create(options));
    }

    /// <summary>Closes the store and opens it again, as a restart does.</summary>
    public void Restart()
    {
        Store.Dispose();
        Store = OpenAnother(Directory);
    }

    /// <summary>Empties the tables of the ledger and of the letters.</summary>
    public void Clear() => Store.WriteTogetherAsync(Store.Messages, static (db, messages) =>
    {
        db.Execute("""
            DELETE FROM messages; DELETE FROM message_ids; DELETE FROM message_dues; DELETE FROM letters; DELETE FROM letter_bodies; DELETE FROM letter_tags; DELETE FROM letter_marks;
            INSERT INTO letter_words (letter_words) VALUES ('delete-all');
            """);
        messages.Load(db);
        return true;
    }).GetAwaiter().GetResult();

    public void Dispose()
    {
        Store.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private SqliteStore OpenAnother(string directory)
    {
        var store = Create(directory, _configure);
        store.Open();
        return store;
    }
}
