using DlqCluster.Audit;
using DlqCluster.Contract.Tests.Sqlite;
using DlqCluster.Sqlite.Audit;
using DlqCluster.Testing;

namespace DlqCluster.Contract.Tests.Audit;

public sealed class MemoryAuditLogTests : AuditLogContract
{
    protected override IAuditLog Log { get; } = new MemoryAuditLog();
}

public sealed class SqliteAuditLogTests : AuditLogContract, IDisposable
{
    private readonly SqliteFixture _sqlite = new();

    public SqliteAuditLogTests() => Log = new SqliteAuditLog(_sqlite.Store);

    protected override IAuditLog Log { get; }

    public static TheoryData<string> Queries { get; } = ["nothing", "who", "act", "subject", "outcome", "from", "to", "after", "all"];

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task No_query_walks_the_whole_log_or_sorts(string given)
    {
        var all = given == "all";
        var query = new AuditQuery
        {
            Who = all || given == "who" ? "ann" : null,
            Act = all || given == "act" ? "breaker.reset" : null,
            Subject = all || given == "subject" ? "billing" : null,
            Outcome = all || given == "outcome" ? AuditOutcome.Done : null,
            From = all || given == "from" ? Samples.At(1) : null,
            To = all || given == "to" ? Samples.At(2) : null,
            After = all || given == "after" ? new Guid("01980000-0000-7000-8000-000000000000") : null,
        };
        var plan = await _sqlite.Store.ReadAsync(query, static (db, query) =>
        {
            using var rows = AuditSelect.Prepare(db, query, "*", "EXPLAIN QUERY PLAN ");
            var steps = new List<string>();
            while (rows.Step()) steps.Add(rows.Text(3));
            return steps;
        });
        var step = Assert.Single(plan);
        // Without any condition the page is the last of the table, in its own order.
        if (given != "nothing") Assert.StartsWith("SEARCH audit USING", step, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entries_survive_a_restart()
    {
        var entry = new AuditEntry { Id = new Guid("01980000-0000-7000-8000-000000000000"), At = Samples.Start, Who = "ann", Credential = "token", Act = "a" };
        await Log.AppendAsync(entry);
        _sqlite.Restart();
        Assert.Equal(entry, Assert.Single((await new SqliteAuditLog(_sqlite.Store).QueryAsync(new AuditQuery())).Entries));
    }

    public void Dispose() => _sqlite.Dispose();
}
