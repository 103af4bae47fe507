using System.CommandLine;
using System.Text.Json;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>replay</c>: sends dead letters again, one or all that match.</summary>
internal static class ReplayCommands
{
    private const string Batch = LetterCommands.Letters + "/replay-batch";
    private const string Reason = "reason";
    private const string Target = "target";
    private const string Matched = "matched";

    /// <summary>The columns of a dry run's sample.</summary>
    /// <param name="now">The time now.</param>
    public static IReadOnlyList<Column> SampleColumns(DateTimeOffset now) =>
    [
        Column.Of("MESSAGE", "messageId"),
        new Column("STATUS", "status", row => Cell.Status(row)) { Coloured = true },
        Column.Of("TARGET", Target) with { LeaveOut = 2 },
        Column.Of("TYPE", "errorType") with { LeaveOut = 3 },
        Column.Ago("AGO", "createdAt", now),
        Column.Of("ERROR", "errorReason") with { Takes = true },
    ];

    /// <summary>Makes it.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        var options = new ReplayOptions();
        yield return runner.Make(
            "replay", "Send a dead letter again, or all that match: shows what it would do, asks, and shows how far it is",
            session => RunAsync(session, options), options.All);
    }

    /// <summary>Replays one letter.</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">The letter.</param>
    /// <param name="payload">What to send instead; null for the original.</param>
    /// <param name="target">Where to send it instead; null for where it was sent.</param>
    /// <param name="reason">Why.</param>
    public static async Task ReplayOneAsync(Session session, string id, string? payload, string? target, string? reason)
    {
        var body = new Body().AddJson("payload", payload).Add(Target, target).Add(Reason, reason).ToString();
        var answer = await session.Api.PostAsync(Query.Path(LetterCommands.Letters, id, "replay"), body, session.Cancel);
        session.Screen.Show(answer, screen => screen.Line($"{Cell.Safe(id)} is being replayed (replay {Cell.Text(answer, "generation")}). Look: dlq show {Cell.Safe(id)}"));
    }

    /// <summary>Waits until a job has ended, and shows how far it is.</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">The job.</param>
    /// <returns>Done when it completed and all was delivered.</returns>
    public static async Task<ExitCode> FollowAsync(Session session, string id)
    {
        var job = await ReplayFollower.RunAsync(session, id);
        session.Screen.Show(job, screen => ReplayJobCommands.Write(screen, job));
        return Cell.Text(job, "state") == "completed" && Cell.Number(job, "failed") == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task<ExitCode> RunAsync(Session session, ReplayOptions options)
    {
        if (session.Get(options.Id) is { } id)
        {
            if (options.Filter.IsGiven(session)) throw CommandFailure.Usage("Give an id or filters, not both. (To send it elsewhere: dlq edit --target.)");
            if (session.Get(options.DryRun))
            {
                var letter = await session.Api.GetAsync(Query.Path(LetterCommands.Letters, id), session.Cancel);
                session.Screen.Show(letter, screen => LetterCommands.Write(screen, letter));
                return ExitCode.Done;
            }

            await ReplayOneAsync(session, id, null, null, session.Get(options.Reason));
            return ExitCode.Done;
        }

        options.Filter.Require(session, session.Get(options.EachOne));
        return await ReplayManyAsync(session, options);
    }

    private static async Task<ExitCode> ReplayManyAsync(Session session, ReplayOptions options)
    {
        var dryRun = session.Get(options.DryRun);
        var look = await session.Api.PostAsync(Batch, options.Read(session, dryRun: true), session.Cancel);
        if (dryRun)
        {
            session.Screen.Show(look, screen => Write(screen, look));
            return ExitCode.Done;
        }

        if (Cell.Number(look, Matched) == 0)
        {
            session.Screen.Show(look, screen => screen.Line("No letter matches that waits to be replayed."));
            return ExitCode.Done;
        }

        if (!session.Screen.IsJson && session.Around.InIsTerminal) Write(session.Screen, look);
        session.Confirm($"Replay {Cell.Count(Cell.Number(look, Matched), "letter")}?", session.Get(options.Yes));
        var started = await session.Api.PostAsync(Batch, options.Read(session, dryRun: false), session.Cancel);
        var job = Cell.Text(started, "jobId");
        if (session.Get(options.Detach))
        {
            session.Screen.Show(started, screen => screen.Line($"Replay {Cell.Safe(job)} of {Cell.Count(Cell.Number(started, Matched), "letter")} has begun. Look: dlq replays follow {Cell.Safe(job)}"));
            return ExitCode.Done;
        }

        return await FollowAsync(session, job);
    }

    private static void Write(Screen screen, JsonElement look)
    {
        var seconds = Cell.Number(look, "estimatedSeconds");
        var matched = Cell.Number(look, Matched);
        screen.Line($"[bold]{Cell.Count(matched, "letter")}[/] {(matched == 1 ? "matches; it" : "match; they")} would take about {Span.Short(TimeSpan.FromSeconds(Math.Max(1, seconds)))}.");
        screen.Pairs(Cell.List(look, "byTarget").Select(count => ("  to " + Cell.Safe(Cell.Text(count, "name")), (string?)Cell.Number(Cell.Number(count, "count")))));
        screen.Pairs(Cell.List(look, "byErrorType").Select(count => ("  " + Cell.Safe(Cell.Text(count, "name")), (string?)Cell.Number(Cell.Number(count, "count")))));
        foreach (var block in Cell.List(look, "blockedBy"))
        {
            var until = Span.At(block, "until") is { Length: > 0 } at ? $" until {at}" : "";
            screen.Line($"[yellow]{Cell.Safe(Cell.Text(block, Target))} would have to wait: {Cell.Safe(Cell.Text(block, Reason))}{until}.[/]");
        }

        var sample = Cell.List(look, "sample");
        if (sample.Count == 0) return;
        screen.Line();
        Table.Write(screen, sample, SampleColumns(screen.Now));
    }

    /// <summary>What a replay may be given.</summary>
    private sealed class ReplayOptions
    {
        public Argument<string?> Id { get; } = new("id") { Description = "One letter's message", Arity = ArgumentArity.ZeroOrOne };

        public LetterFilter Filter { get; } = new();

        public Option<bool> EachOne { get; } = Limits.Switch("--all", "All letters that wait to be replayed");

        public Option<bool> DryRun { get; } = Limits.Switch("--dry-run", "Only say what would happen");

        public Option<long?> BatchSize { get; } = Limits.Optional("--batch-size", "Letters taken in hand with one write", 1, 10_000);

        public Option<long?> Concurrent { get; } = Limits.Optional("--max-concurrent", "Replays under way at once", 1, 10_000);

        public Option<double?> Rate { get; } = Limits.Ratio("--rate", "Replays to start a second", 0.001, 100_000);

        public Option<bool> Ramp { get; } = Limits.Switch("--ramp", "Begin slowly; stop by itself when too many fail again");

        public Option<bool> IgnoreWindows { get; } = Limits.Switch("--ignore-windows", "Also where off-peak windows are closed");

        public Option<string?> Reason { get; } = Limits.Text("--reason", "Why; it is kept");

        public Option<bool> Detach { get; } = Limits.Switch("--detach", "Do not wait for the end");

        public Option<bool> Yes { get; } = Limits.Switch("--yes", "Do not ask", "-y");

        public IEnumerable<Symbol> All => [Id, .. Filter.All, EachOne, DryRun, BatchSize, Concurrent, Rate, Ramp, IgnoreWindows, Reason, Detach, Yes];

        public string Read(Session session, bool dryRun) => new Body()
            .AddJson("filter", Filter.ReadJson(session)).Add("dryRun", dryRun).Add("batchSize", session.Get(BatchSize)).Add("maxConcurrent", session.Get(Concurrent))
            .Add("ratePerSecond", session.Get(Rate)).Add("ramp", session.Get(Ramp)).Add("ignoreWindows", session.Get(IgnoreWindows)).Add(ReplayCommands.Reason, session.Get(Reason))
            .ToString();
    }
}
