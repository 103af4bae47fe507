using DlqCluster.Contract.Tests.Sqlite;
using DlqCluster.Ledger;
using DlqCluster.Sqlite.Ledger;
using DlqCluster.Testing;
using FsCheck;
using FsCheck.Fluent;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.Ledger;

/// <summary>SQLite and memory give the same answers to any sequence of operations.</summary>
public sealed class LedgerProperties : IDisposable
{
    private const int Partitions = 2;

    private static readonly string[] _lanes =
        [LedgerLanes.Active, LedgerLanes.Scheduled, LedgerLanes.Receipt, LedgerLanes.Waiting("a"), LedgerLanes.Waiting("b")];

    private readonly SqliteFixture _sqlite = new();

    private enum Act
    {
        Put,
        Remove,
        Claim,
        Release,
        Peek,
        Count,
    }

    [Fact]
    public void Sqlite_and_memory_agree()
    {
        var step =
            from act in Gen.Frequency(
                (6, Gen.Constant(Act.Put)),
                (2, Gen.Constant(Act.Remove)),
                (3, Gen.Constant(Act.Claim)),
                (1, Gen.Elements(Act.Release, Act.Peek, Act.Count)))
            from message in Gen.Choose(0, 12)
            from lane in Gen.Elements(_lanes)
            from due in Gen.Choose(0, 10)
            from limit in Gen.Choose(1, 5)
            select new Step(act, message, lane, due, limit);
        var property = Prop.ForAll(Gen.ArrayOf(step).ToArbitrary(), (Step[] steps) => Agree(steps));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100).WithQuietOnSuccess(true), property);
    }

    public void Dispose() => _sqlite.Dispose();

    private bool Agree(Step[] steps)
    {
        _sqlite.Clear();
        var sqlite = new SqliteLedgerStore(_sqlite.Store);
        var memory = new MemoryLedgerStore();
        foreach (var step in steps)
        {
            if (Run(step, sqlite) != Run(step, memory)) return false;
        }

        return All(sqlite) == All(memory);
    }

    private static string Run(Step step, ILedgerStore store)
    {
        var partition = step.Message % Partitions;
        switch (step.Act)
        {
            case Act.Put:
                store.PutAsync(new LedgerEntry(partition, Id(step.Message), step.Lane, At(step.Due))).GetAwaiter().GetResult();
                return "";
            case Act.Remove:
                store.RemoveAsync(partition, Id(step.Message)).GetAwaiter().GetResult();
                return "";
            case Act.Claim:
                return Claim(store, partition, step.Lane, step.Due, step.Limit);
            case Act.Release:
                return $"{store.ReleaseAsync(partition, At(step.Due)).GetAwaiter().GetResult()}";
            case Act.Peek:
                return string.Join(' ', store.PeekAsync(partition).GetAwaiter().GetResult());
            default:
                return string.Join(' ', store.CountAsync(partition).GetAwaiter().GetResult());
        }
    }

    private static string Claim(ILedgerStore store, int partition, string lane, int upTo, int limit) =>
        string.Join(' ', store.ClaimAsync(partition, lane, At(upTo), limit, At(upTo + 3)).GetAwaiter().GetResult());

    private static string All(ILedgerStore store)
    {
        var answers = new List<string>();
        for (var partition = 0; partition < Partitions; partition++)
        {
            answers.Add(string.Join(' ', store.CountAsync(partition).GetAwaiter().GetResult()));
            foreach (var lane in _lanes) answers.Add(Claim(store, partition, lane, upTo: 100, limit: 100));
        }

        return string.Join('|', answers);
    }

    private sealed record Step(Act Act, int Message, string Lane, int Due, int Limit);
}
