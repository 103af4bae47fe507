using DlqCluster.Ledger;
using DlqCluster.Testing;
using FsCheck;
using FsCheck.Fluent;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.Ledger;

/// <summary>A store gives the same answers to any sequence of operations as the one in memory.</summary>
public abstract class LedgerProperties
{
    private const int Partitions = 2;

    private static readonly string[] _lanes =
        [LedgerLanes.Active, LedgerLanes.Scheduled, LedgerLanes.Receipt, LedgerLanes.Waiting("a"), LedgerLanes.Waiting("b")];

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
    public void Any_sequence_is_answered_as_memory_answers_it()
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

    /// <summary>The store, without entries.</summary>
    protected abstract ILedgerStore Empty();

    private bool Agree(Step[] steps)
    {
        var store = Empty();
        var memory = new MemoryLedgerStore();
        foreach (var step in steps)
        {
            if (Run(step, store) != Run(step, memory)) return false;
        }

        return All(store) == All(memory);
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
                // All of them, or those that are due later.
                return $"{store.ReleaseAsync(partition, At(step.Due), step.Limit > 2 ? null : At(step.Due + step.Limit)).GetAwaiter().GetResult()}";
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
