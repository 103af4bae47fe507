using DlqCluster.Contract.Tests.Sqlite;
using DlqCluster.Ledger;
using DlqCluster.Messages;
using DlqCluster.Sqlite.Ledger;
using DlqCluster.Sqlite.Messages;
using DlqCluster.Testing;

namespace DlqCluster.Contract.Tests.Ledger;

public sealed class MemoryLedgerTests : LedgerContract
{
    protected override ILedgerStore Store { get; } = new MemoryLedgerStore();
}

public sealed class SqliteLedgerTests : LedgerContract, IDisposable
{
    private readonly SqliteFixture _sqlite = new();

    public SqliteLedgerTests() => Store = new SqliteLedgerStore(_sqlite.Store);

    protected override ILedgerStore Store { get; }

    [Fact]
    public async Task An_id_that_is_no_uuid_is_refused_alone()
    {
        var good = Store.PutAsync(new LedgerEntry(0, Samples.Id(1), LedgerLanes.Active, Samples.Start));
        var bad = Store.PutAsync(new LedgerEntry(0, new MessageId("nonsense"), LedgerLanes.Active, Samples.Start));
        await good;
        await Assert.ThrowsAsync<ArgumentException>(() => bad);
    }

    [Fact]
    public async Task A_store_that_closes_first_writes_what_may_take_its_time()
    {
        await Store.PutSoonAsync(new LedgerEntry(0, Samples.Id(1), LedgerLanes.Receipt, Samples.Start));
        _sqlite.Restart();
        using var again = new SqliteLedgerStore(_sqlite.Store);
        Assert.Equal([new LaneHead(LedgerLanes.Receipt, Samples.Start)], await again.PeekAsync(0));
    }

    [Fact]
    public async Task Looking_at_the_lanes_never_walks_their_entries()
    {
        var plan = await _sqlite.Store.ReadAsync(MessageTable.PeekText, static (db, sql) =>
        {
            using var rows = db.Prepare("EXPLAIN QUERY PLAN " + sql);
            var steps = new List<string>();
            while (rows.Step()) steps.Add(rows.Text(3));
            return steps;
        });
        var lookups = plan.Where(step => step.Contains("USING", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, lookups.Count);
        Assert.All(lookups, step => Assert.Matches("^SEARCH .* USING PRIMARY KEY", step));
    }

    public void Dispose() => _sqlite.Dispose();
}

public sealed class SqliteLedgerProperties : LedgerProperties, IDisposable
{
    private readonly SqliteFixture _sqlite = new();

    public void Dispose() => _sqlite.Dispose();

    protected override ILedgerStore Empty()
    {
        _sqlite.Clear();
        return new SqliteLedgerStore(_sqlite.Store);
    }
}
