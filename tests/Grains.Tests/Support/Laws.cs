using System.Globalization;
using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace DlqCluster.Grains.Tests.Support;

/// <summary>
/// Checks that something holds for generated cases. The cases are the same in every run: their seed comes from the test's name. To look at
/// other ones set DLQ_TEST_SEED to a number; a failure prints the seed that it happened with, and the smallest case that was found.
/// </summary>
internal static class Laws
{
    private const string SeedVariable = "DLQ_TEST_SEED";

    public static void Hold<T>(Gen<T> cases, Action<T> law, int times = 300, [CallerMemberName] string name = "") =>
        Check(Arb.From(cases), law, times, name);

    /// <summary>For cases that are a series of steps: when one fails, shorter ones are tried.</summary>
    public static void HoldForEach<T>(Gen<T[]> cases, Action<T[]> law, int times = 300, [CallerMemberName] string name = "") =>
        Check(Arb.From(cases, Shorter), law, times, name);

    private static void Check<T>(Arbitrary<T> cases, Action<T> law, int times, string name)
    {
        var seed = Seed(name);
        var replay = new Replay(new Rnd(seed), FSharpOption<int>.None);
        var config = Config.QuickThrowOnFailure.WithMaxTest(times).WithQuietOnSuccess(true).WithEndSize(100).WithReplay(FSharpOption<Replay>.Some(replay));
        try
        {
            FsCheck.Check.One(name, config, Prop.ForAll(cases, law));
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{name} does not hold; repeat it with {SeedVariable}={seed}.", exception);
        }
    }

    private static IEnumerable<T[]> Shorter<T>(T[] steps)
    {
        for (var length = steps.Length / 2; length > 0; length /= 2)
            for (var start = 0; start + length <= steps.Length; start += length)
                yield return [.. steps[..start], .. steps[(start + length)..]];
    }

    private static ulong Seed(string name)
    {
        if (Environment.GetEnvironmentVariable(SeedVariable) is { Length: > 0 } given) return ulong.Parse(given, CultureInfo.InvariantCulture);
        var seed = 14695981039346656037UL;
        foreach (var c in name) seed = (seed ^ c) * 1099511628211UL;
        return seed;
    }
}
