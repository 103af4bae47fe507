using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>load</c>: submits many messages, and says how fast they were accepted.</summary>
internal static class LoadCommand
{
    private const int MostMessages = 10_000_000;
    private const int MostClients = 1_000;
    private const int MostBytes = 1_000_000;

    /// <summary>Makes it.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        var count = Limits.Number("--count", "Messages to submit", 1, MostMessages, 1_000);
        var clients = Limits.Number("--concurrency", "Submits under way at once", 1, MostClients, 16);
        var rate = Limits.Ratio("--rate", "Submits a second; without it as fast as it goes", 0.1, 1_000_000);
        var size = Limits.Number("--size", "Bytes of padding in each payload", 0, MostBytes, 100);
        var failing = Limits.Ratio("--failing", "Share that a simulated downstream is to refuse, 0 to 1", 0, 1);
        var target = Limits.Text("--target", "The downstream [default]", "name");
        yield return runner.Make(
            "load", "Submit many messages and measure; ends by itself", session => RunAsync(session, new Plan(
                session.Get(count), session.Get(clients), session.Get(rate), session.Get(size), session.Get(failing) ?? 0, session.Get(target))),
            count, clients, rate, size, failing, target);
    }

    private static async Task<ExitCode> RunAsync(Session session, Plan plan)
    {
        var run = new LoadRun(session.Api, plan, session.Around.Time, session.Cancel);
        var since = Stopwatch.GetTimestamp();
        await Bar.RunAsync(session.Screen, "Submitting", plan.Count, run.SubmitAsync);
        var told = run.Report(Stopwatch.GetElapsedTime(since));
        using var json = JsonDocument.Parse(told.ToString());
        session.Screen.Show(json.RootElement, screen => Write(screen, json.RootElement));
        return run.Refused == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static void Write(Screen screen, JsonElement report)
    {
        screen.Pairs(
            ("accepted", $"{Cell.Number(Cell.Number(report, "accepted"))} in {Cell.Text(report, "seconds")} s, [bold]{Cell.Number(Cell.Number(report, "perSecond"))}[/] a second"),
            ("refused", Cell.Number(report, "refused") > 0 ? $"[red]{Cell.Number(Cell.Number(report, "refused"))}[/] ({Cell.Safe(Cell.Text(report, "firstRefusal"))})" : "0"),
            ("answered in", string.Create(CultureInfo.InvariantCulture, $"{Cell.Text(report, "p50Ms")} ms (half), {Cell.Text(report, "p95Ms")} ms (95 %), {Cell.Text(report, "p99Ms")} ms (99 %), {Cell.Text(report, "maxMs")} ms (all)")));
    }
}

/// <summary>A load.</summary>
/// <param name="Count">Messages.</param>
/// <param name="Clients">Submits under way at once.</param>
/// <param name="RatePerSecond">Submits a second; null for as fast as it goes.</param>
/// <param name="Size">Bytes of padding.</param>
/// <param name="Failing">Share that is to fail.</param>
/// <param name="Target">The downstream.</param>
internal sealed record Plan(int Count, int Clients, double? RatePerSecond, int Size, double Failing, string? Target);
