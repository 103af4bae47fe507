using DlqCluster.Contract.Tests.Sqlite;
using DlqCluster.DeadLetters;
using DlqCluster.Sqlite.DeadLetters;
using DlqCluster.Testing;

namespace DlqCluster.Contract.Tests.DeadLetters;

public sealed class MemoryDeadLetterTests : DeadLetterContract
{
    protected override IDeadLetterStore Store { get; } = new MemoryDeadLetterStore();
}

public sealed class MemoryDeadLetterQueryTests : DeadLetterQueryContract
{
    protected override IDeadLetterStore Store { get; } = new MemoryDeadLetterStore();
}

public sealed class MemoryLetterSelectionTests : LetterSelectionContract
{
    protected override IDeadLetterStore Store { get; } = new MemoryDeadLetterStore();
}

public sealed class SqliteLetterSelectionTests : LetterSelectionContract, IDisposable
{
    private readonly SqliteFixture _sqlite = new();

    public SqliteLetterSelectionTests() => Store = new SqliteDeadLetterStore(_sqlite.Store);

    protected override IDeadLetterStore Store { get; }

    public void Dispose() => _sqlite.Dispose();
}

public sealed class SqliteDeadLetterTests : DeadLetterContract, IDisposable
{
    private readonly SqliteFixture _sqlite = new();

    public SqliteDeadLetterTests() => Store = new SqliteDeadLetterStore(_sqlite.Store);

    protected override IDeadLetterStore Store { get; }

    public void Dispose() => _sqlite.Dispose();
}

public sealed class SqliteDeadLetterQueryTests : DeadLetterQueryContract, IDisposable
{
    private readonly SqliteFixture _sqlite = new();

    public SqliteDeadLetterQueryTests() => Store = new SqliteDeadLetterStore(_sqlite.Store);

    protected override IDeadLetterStore Store { get; }

    public void Dispose() => _sqlite.Dispose();
}

public sealed class SqliteLetterProperties : LetterProperties, IDisposable
{
    private readonly SqliteFixture _sqlite = new();

    public void Dispose() => _sqlite.Dispose();

    protected override IDeadLetterStore Empty()
    {
        _sqlite.Clear();
        return new SqliteDeadLetterStore(_sqlite.Store);
    }
}

public sealed class MemoryDeadLetterUpkeepTests : DeadLetterUpkeepContract
{
    protected override IDeadLetterStore Store { get; } = new MemoryDeadLetterStore();
}

public sealed class SqliteDeadLetterUpkeepTests : DeadLetterUpkeepContract, IDisposable
{
    private readonly SqliteFixture _sqlite = new();

    public SqliteDeadLetterUpkeepTests() => Store = new SqliteDeadLetterStore(_sqlite.Store);

    protected override IDeadLetterStore Store { get; }

    public void Dispose() => _sqlite.Dispose();
}

public sealed class MemoryLetterGroupTests : LetterGroupContract
{
    private readonly MemoryDeadLetterStore _letters = new();

    public MemoryLetterGroupTests() => Groups = new MemoryLetterGroups(_letters);

    protected override IDeadLetterStore Letters => _letters;

    protected override ILetterGroups Groups { get; }
}

public sealed class SqliteLetterGroupTests : LetterGroupContract, IDisposable
{
    private readonly SqliteFixture _sqlite = new();

    public SqliteLetterGroupTests()
    {
        Letters = new SqliteDeadLetterStore(_sqlite.Store);
        Groups = new SqliteLetterGroups(_sqlite.Store);
    }

    protected override IDeadLetterStore Letters { get; }

    protected override ILetterGroups Groups { get; }

    public void Dispose() => _sqlite.Dispose();
}
