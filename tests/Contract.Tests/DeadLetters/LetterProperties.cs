using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Testing;
using FsCheck;
using FsCheck.Fluent;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.DeadLetters;

/// <summary>A store gives the same answers to any sequence of operations as the one in memory.</summary>
public abstract class LetterProperties
{
    private static readonly string[] _names = ["", "a", "A", "ü", "💳", "\uFFFD", "zz"];
    private static readonly string[] _texts = ["alpha beta", "Beta gamma", "gamma-delta", "Ärger 42", "x"];

    [Fact]
    public void Any_sequence_is_answered_as_memory_answers_it()
    {
        var step = Gen.Choose(0, int.MaxValue - 1).Select(seed => new Step(seed));
        var property = Prop.ForAll(Gen.ArrayOf(step).ToArbitrary(), (Step[] steps) => Agree(steps));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60).WithQuietOnSuccess(true), property);
    }

    /// <summary>The store, without letters.</summary>
    protected abstract IDeadLetterStore Empty();

    private bool Agree(Step[] steps)
    {
        var store = Empty();
        var memory = new MemoryDeadLetterStore();
        return steps.All(step => Run(step, store).SequenceEqual(Run(step, memory)));
    }

    private static List<string> Run(Step step, IDeadLetterStore store)
    {
        var random = new Random(step.Seed);
        return random.Next(10) switch
        {
            < 6 => [$"{Wait(store.PutAsync(random.Next(2), RandomLetter(random), random.Next(4) == 0 ? 1 : 0))}"],
            6 => [.. Wait(store.DueAsync(random.Next(2), At(random.Next(8)), 1 + random.Next(5))).Select(Text)],
            7 => [.. Wait(store.StuckAsync(random.Next(2), At(random.Next(8)), 1 + random.Next(5))).Select(Text)],
            8 => Pages(store, RandomQuery(random)),
            _ => Stats(Wait(store.StatsAsync())),
        };
    }

    private static List<string> Pages(IDeadLetterStore store, LetterQuery query)
    {
        var answers = new List<string>();
        do
        {
            var page = Wait(store.QueryAsync(query));
            answers.Add($"{page.Total} {page.NextCursor}");
            answers.AddRange(page.Letters.Select(Text));
            query = query with { Cursor = page.NextCursor };
        }
        while (query.Cursor is not null);
        return answers;
    }

    private static List<string> Stats(LetterStats stats) =>
    [
        $"{stats.Total} {stats.ReplaySuccessRate} {stats.OldestPending:O}",
        .. stats.ByStatus.OrderBy(pair => pair.Key).Select(pair => $"{pair}"),
        .. stats.TopErrorTypes.Concat(stats.BySource).Select(count => $"{count}"),
    ];

    private static Letter RandomLetter(Random random) => Letter(random.Next(8), $"[\"{Pick(random, _texts)}\"]") with
    {
        ErrorReason = Pick(random, _texts),
        ErrorType = (ErrorType)random.Next(7),
        Status = (LetterStatus)random.Next(5),
        Fingerprint = Pick(random, _names),
        NextRetryAt = random.Next(3) == 0 ? null : At(random.Next(8) + (random.NextDouble() / 100)),
        CreatedAt = At(random.Next(4)),
        UpdatedAt = At(random.Next(8)),
        DlqRetryCount = random.Next(3),
        Metadata = new LetterMetadata
        {
            Source = random.Next(4) == 0 ? null : Pick(random, _names),
            Target = Pick(random, _names),
            Tags = [Pick(random, _names), Pick(random, _names)],
        },
        ReplayAttempts =
        [
            .. Enumerable.Range(0, random.Next(3)).Select(_ => new ReplayAttempt
            {
                EndedAt = random.Next(2) == 0 ? null : At(9), Delivered = random.Next(2) == 0,
            }),
        ],
    };

    private static LetterQuery RandomQuery(Random random) => new()
    {
        Filter = new LetterFilter
        {
            Status = random.Next(4) == 0 ? (LetterStatus)random.Next(5) : null,
            ErrorType = random.Next(6) == 0 ? (ErrorType)random.Next(7) : null,
            Source = random.Next(6) == 0 ? Pick(random, _names) : null,
            Target = random.Next(6) == 0 ? Pick(random, _names) : null,
            Tag = random.Next(6) == 0 ? Pick(random, _names) : null,
            Fingerprint = random.Next(8) == 0 ? Pick(random, _names) : null,
            From = random.Next(4) == 0 ? At(random.Next(4)) : null,
            To = random.Next(4) == 0 ? At(random.Next(5)) : null,
            Text = random.Next(4) == 0 ? Pick(random, _texts)[..^random.Next(2)] : null,
        },
        Sort = (LetterSort)random.Next(8),
        Descending = random.Next(2) == 0,
        Page = 1 + random.Next(2),
        PageSize = 1 + random.Next(3),
    };

    private static T Pick<T>(Random random, T[] items) => items[random.Next(items.Length)];

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private sealed record Step(int Seed);
}
