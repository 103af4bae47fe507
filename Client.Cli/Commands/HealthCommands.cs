using System.CommandLine;
using System.Net;
using System.Text.Json;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>health</c> and <c>actors</c>: how the service is.</summary>
internal static class HealthCommands
{
    private const string Status = "status";

    /// <summary>The columns of the stores.</summary>
    public static IReadOnlyList<Column> StoreColumns { get; } =
        [Column.Of("STORE", "name"), Column.Of("STATUS", Status) with { Coloured = true }, Column.Of("DETAIL", "detail") with { Takes = true }];

    /// <summary>The columns of the silos.</summary>
    public static IReadOnlyList<Column> SiloColumns { get; } = [Column.Of("SILO", "address"), Column.Number("ACTORS", "activations")];

    /// <summary>Makes them.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        var strict = Limits.Switch("--strict", "Exit with 1 also when it is degraded");
        yield return runner.Make("health", "Show how the service is; exits with 1 when it cannot do its work", session => HealthAsync(session, session.Get(strict)), strict);
        yield return runner.Make("actors", "Show silos and the actors that they hold", ActorsAsync);
    }

    private static async Task<ExitCode> HealthAsync(Session session, bool strict)
    {
        using var response = await session.Api.OpenAsync(HttpMethod.Get, "api/health", null, session.Cancel, HttpStatusCode.ServiceUnavailable);
        var health = await Api.ReadAsync(response, session.Cancel);
        using var more = await session.Api.OpenAsync(HttpMethod.Get, "api/system/health", null, session.Cancel, HttpStatusCode.ServiceUnavailable);
        var system = await Api.ReadAsync(more, session.Cancel);
        var told = JsonDocument.Parse(new Body().AddJson("health", Screen.Text(health, indented: false)).AddJson("system", Screen.Text(system, indented: false)).ToString());
        session.Screen.Show(told.RootElement, screen => Write(screen, health, system));
        return Cell.Text(system, Status) is { Length: > 0 } status ? CodeFor(status, strict) : CodeFor(Cell.Text(health, Status), strict);
    }

    private static ExitCode CodeFor(string status, bool strict) => status switch
    {
        "healthy" => ExitCode.Done,
        "degraded" => strict ? ExitCode.Failed : ExitCode.Done,
        _ => ExitCode.Failed,
    };

    private static void Write(Screen screen, JsonElement health, JsonElement system)
    {
        screen.Pairs(
            (Status, Cell.State(Cell.Text(system, Status) is { Length: > 0 } status ? status : Cell.Text(health, Status))),
            ("version", Cell.Safe(Cell.Text(health, "version"))),
            ("up", Span.Short(TimeSpan.FromSeconds(Cell.Number(health, "uptimeSeconds")))));
        if (Cell.Find(system, "queue") is { } queue)
        {
            screen.Pairs(
                ("delivery", Cell.Text(system, "deliveryPaused") == "yes" ? "[yellow]paused[/]" : "going on"),
                ("waiting", $"{Cell.Number(Cell.Number(queue, "waiting"))} of {Cell.Number(Cell.Number(queue, "maxSize"))}, {Cell.Number(Cell.Number(queue, "parked"))} parked, {Cell.Number(Cell.Number(system, "ordering.behind"))} behind another, {Cell.Number(Cell.Number(queue, "delayed"))} for later"),
                ("under way", Cell.Number(Cell.Number(queue, "active"))),
                ("since start", $"{Cell.Number(Cell.Number(queue, "completed"))} delivered, {Cell.Number(Cell.Number(queue, "failed"))} dead-lettered"),
                ("most overdue", Span.Short(TimeSpan.FromMilliseconds(Cell.Number(queue, "greatestLatenessMs")))),
                ("dead letters", Cell.Number(Cell.Number(system, "dlq.total"))));
            if (Cell.Number(system, "ordering.blockedKeys") is > 0 and var keys)
                screen.Line($"[yellow]{Cell.Count(keys, "ordering key")} held up by a dead letter: {Cell.Count(Cell.Number(system, "ordering.blockedMessages"), "message")} behind. Look: dlq lanes --blocked[/]");
            var open = Cell.List(system, "breakers").Where(breaker => Cell.Text(breaker, "state") != "CLOSED").ToArray();
            screen.Pairs(open.Select(breaker => ("breaker " + Cell.Safe(Cell.Text(breaker, "name")), (string?)Cell.State(Cell.Text(breaker, "state")))));
        }

        screen.Line();
        Table.Write(screen, Cell.List(health, "stores"), StoreColumns);
    }

    private static async Task ActorsAsync(Session session)
    {
        var answer = await session.Api.GetAsync("api/actors", session.Cancel);
        session.Screen.Show(answer, screen =>
        {
            Table.Write(screen, Cell.List(answer), SiloColumns);
            foreach (var silo in Cell.List(answer))
            {
                screen.Line();
                Table.Write(screen, Cell.List(silo, "types"), Column.Of("TYPE", "type"), Column.Number("ACTORS", "activations"));
            }
        });
    }
}
