using DlqCluster.DeadLetters;
using DlqCluster.Ledger;
using DlqCluster.Sqlite.DeadLetters;
using DlqCluster.Sqlite.GrainState;
using DlqCluster.Sqlite.Ledger;
using DlqCluster.Sqlite.Reminders;
using DlqCluster.Testing;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.Sqlite;

public sealed class RestartTests : IDisposable
{
    private static readonly GrainId _grain = GrainId.Create("message", "1");

    private readonly SqliteFixture _sqlite = new();

    [Fact]
    public async Task A_restart_keeps_everything()
    {
        var state = new GrainState<List<int>> { State = [1, 2, 3] };
        await new SqliteGrainStorage(_sqlite.Store, new JsonStorageSerializer()).WriteStateAsync("s", _grain, state);
        var reminder = new ReminderEntry
        {
            GrainId = _grain,
            ReminderName = "tick",
            StartAt = Start.UtcDateTime,
            Period = TimeSpan.FromMinutes(1),
        };
        var etag = await new SqliteReminderTable(_sqlite.Store).UpsertRow(reminder);
        await new SqliteLedgerStore(_sqlite.Store).PutAsync(new LedgerEntry(0, Id(1), LedgerLanes.Scheduled, At(5)));
        await new SqliteDeadLetterStore(_sqlite.Store).PutAsync(0, Letter(1), 0);

        _sqlite.Restart();

        var read = new GrainState<List<int>>();
        await new SqliteGrainStorage(_sqlite.Store, new JsonStorageSerializer()).ReadStateAsync("s", _grain, read);
        Assert.Equal([1, 2, 3], read.State!);
        Assert.Equal(state.ETag, read.ETag);
        Assert.Equal(etag, (await new SqliteReminderTable(_sqlite.Store).ReadRow(_grain, "tick"))!.ETag);
        Assert.Equal([new LaneHead(LedgerLanes.Scheduled, At(5))], await new SqliteLedgerStore(_sqlite.Store).PeekAsync(0));
        var refused = new LetterQuery { Filter = new LetterFilter { Text = "refused" } };
        var found = await new SqliteDeadLetterStore(_sqlite.Store).QueryAsync(refused);
        Assert.Equal(Text(Letter(1) with { Version = 1 }), Text(Assert.Single(found.Letters)));
    }

    [Fact]
    public void A_clean_end_leaves_no_log_behind()
    {
        _sqlite.Store.Dispose();
        Assert.False(File.Exists(Path.Combine(_sqlite.Directory, "dlq.db-wal")));
    }

    [Fact]
    public async Task A_torn_log_opens_to_what_was_written_first_without_gaps()
    {
        const int writes = 120;
        var letters = new SqliteDeadLetterStore(_sqlite.Store);
        for (var number = 0; number < writes; number++) await letters.PutAsync(0, Letter(number, $"\"word{number:d4}\""), 0);
        var log = await File.ReadAllBytesAsync(Path.Combine(_sqlite.Directory, "dlq.db-wal"));
        var random = new Random(20260301);
        var kept = new List<int>();
        for (var i = 0; i < 25; i++) kept.Add(await ReopenTornAsync(log.AsMemory(0, random.Next(log.Length))));
        Assert.True(kept.Distinct().Count() > 5, "The log was cut at too few places to tell.");
        Assert.Equal(writes, await ReopenTornAsync(log));
    }

    public void Dispose() => _sqlite.Dispose();

    // Opens a copy of the database with this log, as after a crash; returns how many letters are there, which must be the first ones.
    private async Task<int> ReopenTornAsync(ReadOnlyMemory<byte> log)
    {
        var directory = SqliteFixture.TemporaryDirectory();
        Directory.CreateDirectory(directory);
        try
        {
            File.Copy(Path.Combine(_sqlite.Directory, "dlq.db"), Path.Combine(directory, "dlq.db"));
            await File.WriteAllBytesAsync(Path.Combine(directory, "dlq.db-wal"), log.ToArray());
            using var store = SqliteFixture.Create(directory);
            var letters = new SqliteDeadLetterStore(store);
            var total = (int)(await letters.StatsAsync()).Total;
            for (var number = 0; number < total; number++)
            {
                Assert.NotNull(await letters.GetAsync(Id(number)));
                var found = await letters.QueryAsync(new LetterQuery { Filter = new LetterFilter { Text = $"word{number:d4}" } });
                Assert.Equal(Id(number), Assert.Single(found.Letters).MessageId);
            }

            Assert.Equal("ok", await store.ReadAsync(0, static (db, _) =>
            {
                using var check = db.Prepare("PRAGMA integrity_check");
                return check.Step() ? check.Text(0) : "";
            }));
            return total;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
