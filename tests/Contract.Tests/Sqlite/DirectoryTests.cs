using System.Diagnostics;
using System.Globalization;
using DlqCluster.DeadLetters;
using DlqCluster.Sqlite.DeadLetters;
using DlqCluster.Sqlite.Engine;
using DlqCluster.Storage;

namespace DlqCluster.Contract.Tests.Sqlite;

public sealed class DirectoryTests : IDisposable
{
    private readonly string _directory = SqliteFixture.TemporaryDirectory();

    [Fact]
    public void A_missing_directory_is_made()
    {
        var nested = Path.Combine(_directory, "a", "b");
        using (var store = SqliteFixture.Create(nested)) store.Open();
        Assert.True(File.Exists(Path.Combine(nested, "dlq.db")));
    }

    [Fact]
    public void A_second_store_on_the_directory_is_refused_and_told_who_has_it()
    {
        using var first = SqliteFixture.Create(_directory);
        first.Open();
        using var second = SqliteFixture.Create(_directory);
        var error = Assert.Throws<StorageUnavailableException>(second.Open);
        Assert.Contains(_directory, error.Message, StringComparison.Ordinal);
        Assert.Contains(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
        Assert.Contains("DATA_DIR", error.Message, StringComparison.Ordinal);
        Assert.Contains("Storage:DataDirectory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stores_that_share_a_directory_open_at_the_same_time_and_see_each_others_writes()
    {
        var stores = Enumerable.Range(0, 4).Select(_ => SqliteFixture.Create(_directory, static options => options.Shared = true)).ToArray();
        Parallel.ForEach(stores, static store => store.Open());

        var letters = stores.Select(static store => new SqliteDeadLetterStore(store)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(n => letters[n % 4].PutAsync(0, Samples.Letter(n), 0)));

        foreach (var store in letters) Assert.Equal(200, (await store.QueryAsync(new LetterQuery { PageSize = 200 })).Letters.Count);
        foreach (var store in stores) store.Dispose();
    }

    [Fact]
    public void A_closed_store_lets_go_of_the_directory()
    {
        for (var i = 0; i < 2; i++)
        {
            using var store = SqliteFixture.Create(_directory);
            store.Open();
        }
    }

    [Fact]
    public void Another_process_keeps_the_directory_until_it_is_killed()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "Needs util-linux's flock.");
        Directory.CreateDirectory(_directory);
        var start = new ProcessStartInfo("/usr/bin/flock") { RedirectStandardOutput = true };
        foreach (var argument in new[] { "--no-fork", Path.Combine(_directory, "dlq.lock"), "sh", "-c", "echo held; exec sleep 600" })
        {
            start.ArgumentList.Add(argument);
        }

        using var other = Process.Start(start)!;
        Assert.Equal("held", other.StandardOutput.ReadLine());
        using (var refused = SqliteFixture.Create(_directory)) Assert.Throws<StorageUnavailableException>(refused.Open);
        other.Kill();
        other.WaitForExit();
        using var store = SqliteFixture.Create(_directory);
        store.Open();
    }

    [Fact]
    public void A_directory_that_cannot_be_made_says_what_to_do()
    {
        Directory.CreateDirectory(_directory);
        var file = Path.Combine(_directory, "file");
        File.WriteAllText(file, "");
        ExpectUnwritable(Path.Combine(file, "data"));
    }

    [Fact]
    public void A_read_only_directory_says_what_to_do()
    {
        using var disk = TinyDisk.TryMount(_directory);
        Assert.SkipWhen(disk is null, "Needs the right to mount.");
        Assert.True(disk.TryRemountReadOnly());
        ExpectUnwritable(_directory);
    }

    [Fact]
    public void A_database_of_another_program_is_refused()
    {
        Directory.CreateDirectory(_directory);
        using (var other = Connection.Open(DatabasePath(), 0)) other.Execute("CREATE TABLE theirs (id)");
        using var store = SqliteFixture.Create(_directory);
        Assert.Contains("another program", Assert.Throws<StorageUnavailableException>(store.Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_of_a_newer_version_is_refused()
    {
        using (var store = SqliteFixture.Create(_directory)) store.Open();
        using (var newer = Connection.Open(DatabasePath(), 0)) newer.Execute("PRAGMA user_version = 99");
        using var refused = SqliteFixture.Create(_directory);
        Assert.Contains("schema version 99", Assert.Throws<StorageUnavailableException>(refused.Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_kept()
    {
        Directory.CreateDirectory(_directory);
        var text = string.Concat(Enumerable.Repeat("not a database ", 500));
        File.WriteAllText(DatabasePath(), text);
        using (var store = SqliteFixture.Create(_directory))
        {
            Assert.Contains("damaged", Assert.Throws<StorageUnavailableException>(store.Open).Message, StringComparison.Ordinal);
        }

        Assert.Equal(text, File.ReadAllText(DatabasePath()));
    }

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    private static void ExpectUnwritable(string directory)
    {
        using var store = SqliteFixture.Create(directory);
        var error = Assert.Throws<StorageUnavailableException>(store.Open);
        Assert.Contains($"'{directory}' cannot be", error.Message, StringComparison.Ordinal);
        Assert.Contains("Storage:DataDirectory", error.Message, StringComparison.Ordinal);
    }

    private string DatabasePath() => Path.Combine(_directory, "dlq.db");
}
