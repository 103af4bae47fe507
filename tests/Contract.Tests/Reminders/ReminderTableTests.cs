using DlqCluster.Contract.Tests.Sqlite;
using DlqCluster.Sqlite.Reminders;
using DlqCluster.Testing;

namespace DlqCluster.Contract.Tests.Reminders;

public sealed class MemoryReminderTableTests : ReminderTableContract
{
    protected override IReminderTable Table { get; } = new MemoryReminderTable();
}

public sealed class SqliteReminderTableTests : ReminderTableContract, IDisposable
{
    private readonly SqliteFixture _sqlite = new();

    public SqliteReminderTableTests() => Table = new SqliteReminderTable(_sqlite.Store);

    protected override IReminderTable Table { get; }

    public void Dispose() => _sqlite.Dispose();
}
