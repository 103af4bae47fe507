using System.Diagnostics;
using System.Globalization;
using DlqCluster.Simulation.Bugs;
using DlqCluster.Simulation.Workload;

namespace DlqCluster.Simulation.Running;

/// <summary>
/// The simulator by hand: <c>--seeds COUNT [--from SEED] [--threads N] [--failing MOST]</c> for many, or
/// <c>--seed SEED [--keep 1,2,3] [--bug NAME] [--trace]</c> for one.
/// </summary>
internal static class ByHand
{
    private static readonly TimeSpan _progressEvery = TimeSpan.FromSeconds(30);

    /// <summary>Whether the arguments are the simulator's, and not the test runner's.</summary>
    public static bool Claims(string[] args) => args is ["--seeds" or "--seed", ..];

    /// <summary>Does what they say.</summary>
    /// <returns>0 when every promise was kept.</returns>
    public static int Run(string[] args)
    {
        var seed = Number(args, "--seed");
        return seed is not null
            ? RunOne(seed.Value, Text(args, "--keep"), Text(args, "--bug"), args.Contains("--trace"))
            : RunMany(Number(args, "--from") ?? 1, Number(args, "--seeds") ?? 1_000, (int)(Number(args, "--threads") ?? 2), (int)(Number(args, "--failing") ?? 1));
    }

    private static int RunOne(ulong seed, string? kept, string? bugName, bool keepsText)
    {
        var plan = Plan.Draw(seed);
        if (kept is not null) plan = plan.With(kept.Split(',').Select(static number => int.Parse(number, CultureInfo.InvariantCulture)).ToHashSet());
        var bug = bugName is null ? Bug.None : Bugs.Bugs.Named(bugName);
        var outcome = Running.Run.Of(plan, bug, keepsText);
        if (keepsText) Console.Write(outcome.Text);
        Console.WriteLine($"seed {seed}: trace {outcome.Hash}, {outcome.Steps} steps, {outcome.Sends} attempts: {outcome.Failure ?? "every promise was kept"}");
        return outcome.Failure is null ? 0 : 1;
    }

    private static int RunMany(ulong first, ulong count, int threads, int mostFailing)
    {
        var clock = Stopwatch.StartNew();
        var next = _progressEvery;
        var run = new LongRun(first, count, threads, mostFailing);
        var failing = run.Run((run, outcome) =>
        {
            if (outcome.Failure is not null) Console.WriteLine($"seed {outcome.Plan.Seed}: {outcome.Failure}");
            if (clock.Elapsed < next) return;
            next = clock.Elapsed + _progressEvery;
            Console.WriteLine($"{Progress(run, clock)}; the next seed is about {first + run.Done}");
        });
        Console.WriteLine($"{Progress(run, clock)}: {(failing.Count == 0 ? "every promise was kept" : $"in {failing.Count} a promise was broken")}");
        if (failing.Count == 0) return 0;
        Console.WriteLine(Report.On(failing[0], Bug.None));
        return 1;
    }

    private static string Progress(LongRun run, Stopwatch clock) => string.Create(
        CultureInfo.InvariantCulture,
        $"{run.Done} seeds in {clock.Elapsed:hh\\:mm\\:ss}, {run.Done / clock.Elapsed.TotalSeconds:F1} a second, {run.Sends} attempts");

    private static string? Text(string[] args, string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

    private static ulong? Number(string[] args, string name) => Text(args, name) is { } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : null;
}
