using DlqCluster.Contract.Tests.Sqlite;
using DlqCluster.Sqlite.GrainState;
using DlqCluster.Testing;
using Orleans.Storage;

namespace DlqCluster.Contract.Tests.GrainState;

public sealed class MemoryGrainStorageTests : GrainStorageContract
{
    protected override IGrainStorage Storage { get; } = new MemoryGrainStorage(new JsonStorageSerializer());
}

public sealed class SqliteGrainStorageTests : GrainStorageContract, IDisposable
{
    private readonly SqliteFixture _sqlite = new();

    public SqliteGrainStorageTests() => Storage = new SqliteGrainStorage(_sqlite.Store, new JsonStorageSerializer());

    protected override IGrainStorage Storage { get; }

    public void Dispose() => _sqlite.Dispose();
}
