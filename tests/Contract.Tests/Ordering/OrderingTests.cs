using DlqCluster.Contract.Tests.Sqlite;
using DlqCluster.Ordering;
using DlqCluster.Sqlite.Ordering;
using DlqCluster.Testing;

namespace DlqCluster.Contract.Tests.Ordering;

public sealed class MemoryOrderingTests : OrderingContract
{
    protected override IOrderingStore Store { get; } = new MemoryOrderingStore();
}

public sealed class SqliteOrderingTests : OrderingContract, IDisposable
{
    private readonly SqliteFixture _sqlite = new();

    public SqliteOrderingTests() => Store = new SqliteOrderingStore(_sqlite.Store);

    protected override IOrderingStore Store { get; }

    [Theory]
    [InlineData(SqliteOrderingStore.NextText)]
    [InlineData(SqliteOrderingStore.NextBlockedText)]
    public async Task Listing_lanes_never_walks_their_entries(string text)
    {
        var plan = await _sqlite.Store.ReadAsync(text, static (db, sql) =>
        {
            using var rows = db.Prepare("EXPLAIN QUERY PLAN " + sql);
            var steps = new List<string>();
            while (rows.Step()) steps.Add(rows.Text(3));
            return steps;
        });
        Assert.StartsWith("SEARCH ordering USING", Assert.Single(plan), StringComparison.Ordinal);
    }

    public void Dispose() => _sqlite.Dispose();
}
