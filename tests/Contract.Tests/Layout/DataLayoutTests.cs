using DlqCluster.Contract.Tests.Sqlite;
using DlqCluster.Sqlite.Layout;
using DlqCluster.Storage;

namespace DlqCluster.Contract.Tests.Layout;

public sealed class SqliteDataLayoutTests : DataLayoutContract, IDisposable
{
    private readonly SqliteFixture _sqlite = new();

    protected override IDataLayout Layout => new SqliteDataLayout(_sqlite.Store);

    public void Dispose() => _sqlite.Dispose();

    protected override IDataLayout Reopen()
    {
        _sqlite.Restart();
        return Layout;
    }
}
