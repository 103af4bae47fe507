using DlqCluster.Ledger;
using DlqCluster.Sqlite.Engine;
using DlqCluster.Sqlite.Ledger;
using DlqCluster.Storage;

namespace DlqCluster.Contract.Tests.Sqlite;

public sealed class GroupCommitTests : IDisposable
{
    private const int QueueLimit = 50;

    private readonly SqliteFixture _sqlite = new(options => options.MaxQueue = QueueLimit);
    private readonly ManualResetEventSlim _hold = new();

    [Fact]
    public async Task Writes_that_wait_together_share_a_commit()
    {
        var held = Hold();
        var before = _sqlite.Store.Health.Commits;
        var writes = Enumerable.Range(0, QueueLimit).Select(PutAsync).ToList();
        _hold.Set();
        await Task.WhenAll([held, .. writes]);
        Assert.Equal(before + 2, _sqlite.Store.Health.Commits);
    }

    [Fact]
    public async Task Concurrent_callers_need_far_fewer_commits_than_writes()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++) await Task.WhenAll(PutAsync((caller * 1_000) + (2 * i)), PutAsync((caller * 1_000) + (2 * i) + 1));
        })));
        var health = _sqlite.Store.Health;
        Assert.Equal(2_000, health.Operations);
        Assert.InRange(health.Commits, 1, 1_000);
        Assert.Equal(2_000, Assert.Single(await new SqliteLedgerStore(_sqlite.Store).CountAsync(0)).Count);
    }

    [Fact]
    public async Task A_full_queue_refuses_and_names_its_setting()
    {
        var held = Hold();
        var accepted = Enumerable.Range(0, QueueLimit).Select(PutAsync).ToList();
        var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => PutAsync(QueueLimit));
        Assert.Contains("Storage:MaxQueue", error.Message, StringComparison.Ordinal);
        Assert.Equal(QueueLimit, _sqlite.Store.Health.Waiting);
        _hold.Set();
        await Task.WhenAll([held, .. accepted]);
        await PutAsync(QueueLimit);
    }

    [Fact]
    public async Task A_write_that_fails_by_itself_fails_alone_and_is_undone()
    {
        var held = Hold();
        var first = PutAsync(1);
        var broken = _sqlite.Store.WriteTogetherAsync(0, static (db, _) =>
        {
            db.Execute("INSERT INTO health (id, checked_ms) VALUES (7, 7)");
            db.Execute("INSERT INTO health (id, checked_ms) VALUES (7, 7)");
            return true;
        });
        var thrown = _sqlite.Store.WriteTogetherAsync(0, static bool (db, _) =>
        {
            db.Execute("INSERT INTO health (id, checked_ms) VALUES (8, 8)");
            throw new InvalidOperationException("mine");
        });
        var last = PutAsync(2);
        _hold.Set();
        await Task.WhenAll(held, first, last);
        await Assert.ThrowsAsync<SqliteFault>(() => broken);
        Assert.Equal("mine", (await Assert.ThrowsAsync<InvalidOperationException>(() => thrown)).Message);
        Assert.Equal(0, await _sqlite.Store.ReadAsync(0, static (db, _) => db.Number("SELECT count(*) FROM health WHERE id > 1")));
    }

    [Fact]
    public async Task Callers_never_go_on_on_the_writers_thread()
    {
        var held = Hold();
        var thread = PutAsync(1).ContinueWith(
            static _ => Thread.CurrentThread.Name,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        _hold.Set();
        await held;
        Assert.NotEqual("sqlite-writer", await thread);
    }

    [Fact]
    public async Task What_waits_when_the_store_closes_is_committed_and_later_writes_are_refused()
    {
        var held = Hold();
        var waiting = Enumerable.Range(0, 10).Select(PutAsync).ToList();
        _hold.Set();
        _sqlite.Store.Dispose();
        await Task.WhenAll([held, .. waiting]);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => PutAsync(11));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => new SqliteLedgerStore(_sqlite.Store).PeekAsync(0));
    }

    public void Dispose()
    {
        _hold.Set();
        _sqlite.Dispose();
        _hold.Dispose();
    }

    // Keeps the writer busy, so that what follows waits together. Returns once the writer is in it.
    private Task<int> Hold()
    {
        using var entered = new ManualResetEventSlim();
        var held = _sqlite.Store.WriteAsync((Entered: entered, Hold: _hold), static (_, args) =>
        {
            args.Entered.Set();
            args.Hold.Wait();
            return 0;
        });
        entered.Wait();
        return held;
    }

    private Task PutAsync(int number) => new SqliteLedgerStore(_sqlite.Store)
        .PutAsync(new LedgerEntry(0, Samples.Id(number), LedgerLanes.Active, Samples.Start));
}
