using System.CommandLine;
using System.Text.Json;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>downstream</c>: where messages go.</summary>
internal static class DownstreamCommands
{
    private const string Downstreams = "api/downstreams";
    private const string Name = "name";

    /// <summary>The columns of the list.</summary>
    public static IReadOnlyList<Column> Columns { get; } =
    [
        Column.Of("DOWNSTREAM", Name),
        Column.Of("KIND", "kind"),
        new Column("DELIVERY", "secretsLocked", Delivery) { Coloured = true },
        Column.Number("AT ONCE", "maxConcurrency") with { LeaveOut = 1 },
        Column.Number("PER SEC", "ratePerSecond") with { LeaveOut = 2 },
        Column.Number("TIMEOUT MS", "timeoutMs") with { LeaveOut = 3 },
        Column.Of("DEAD LETTER", "onDeadLetter") with { LeaveOut = 4 },
        Column.Of("URL", "url") with { Takes = true },
    ];

    // Whether it is sent anything, and if not, why: no resume helps one whose secrets are lost.
    private static string Delivery(JsonElement row) =>
        Cell.Text(row, "secretsLocked") == "yes" ? "secrets lost" : Cell.Text(row, "paused") == "yes" ? "paused" : "sending";

    /// <summary>Makes them.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        var paging = new Paging(byCursor: false, byNumber: true, size: 100);
        var name = new Argument<string>(Name) { Description = "The downstream" };
        var reason = Limits.Text("--reason", "Why; it is kept in the audit log");
        var payload = Limits.Text("--payload", "What to send: JSON, @file or -", "json");
        yield return runner.Make(
            "downstream", "List downstreams; show, set, delete, try one, rotate its secret", session => ListAsync(session, paging),
            [
                .. paging.All,
                runner.Make("show", "Show a downstream's definition", session => ShowAsync(session, HttpMethod.Get, Query.Path(Downstreams, session.Get(name)!), null), name),
                Set(runner),
                runner.Make("delete", "Remove it; what configuration says of it, if anything, holds again", session => DeleteAsync(session, session.Get(name)!, session.Get(reason)), name, reason),
                runner.Make("try", "Send one request now, past queue and breaker, and say what was answered", session => TryAsync(session, session.Get(name)!, session.Get(payload)), name, payload),
                runner.Make("rotate-secret", "Make a new signing secret beside the newest; it is shown this once", session => RotateAsync(session, session.Get(name)!), name),
            ]);
    }

    private static Command Set(Runner runner)
    {
        var name = new Argument<string>(Name) { Description = "The downstream" };
        var url = Limits.Text("--target-url", "Where it is; its kind is then http", "address");
        var timeout = Limits.Optional("--timeout-ms", "How long an attempt may take", 1, int.MaxValue);
        var concurrency = Limits.Optional("--max-concurrency", "Attempts at once", 1, int.MaxValue);
        var rate = Limits.Ratio("--rate", "Attempts a second", 0.001, 1_000_000);
        var block = Limits.OneOf("--on-dead-letter", "What becomes of later messages of an ordering key", "continue", "block");
        var definition = Limits.Text("--definition", "The whole definition, as in the API: JSON, @file or -", "json");
        return runner.Make("set", "Define a downstream, or define it anew", async session =>
        {
            var given = session.Get(definition) is { } text ? await session.TextAsync(text) : null;
            if (given is not null) Body.CheckJson("definition", given);
            var address = session.Get(url);
            if (given is null && address is null) throw CommandFailure.Usage("What is it? Give --target-url, or --definition.");
            var body = given ?? new Body().Add("kind", "http").Add("url", address).Add("timeoutMs", session.Get(timeout)).Add("maxConcurrency", session.Get(concurrency))
                .Add("ratePerSecond", session.Get(rate)).Add("onDeadLetter", session.Get(block)).ToString();
            await ShowAsync(session, HttpMethod.Put, Query.Path(Downstreams, session.Get(name)!), body);
        }, name, url, timeout, concurrency, rate, block, definition);
    }

    private static async Task ListAsync(Session session, Paging paging)
    {
        var answer = await session.Api.GetAsync(Query.With(Downstreams, paging.Read(session)), session.Cancel);
        session.Screen.Show(answer, screen => Pages.Write(screen, answer, "downstreams", Columns));
    }

    private static async Task ShowAsync(Session session, HttpMethod method, string path, string? body)
    {
        var downstream = await session.Api.SendAsync(method, path, body, session.Cancel);
        session.Screen.Show(downstream, screen => screen.Pairs(Members(downstream, "")));
    }

    private static IEnumerable<(string Name, string? Markup)> Members(JsonElement json, string path) => json.EnumerateObject().SelectMany(member =>
        member.Value.ValueKind == JsonValueKind.Object ? Members(member.Value, $"{path}{member.Name}.") : [(path + member.Name, Cell.Safe(Cell.Text(member.Value)))]);

    private static async Task DeleteAsync(Session session, string name, string? reason)
    {
        var why = reason ?? throw CommandFailure.Usage("Why? Give a --reason; it is kept in the audit log.");
        await session.Api.SendAsync(HttpMethod.Delete, Query.Path(Downstreams, name), new Body().Add("reason", why).ToString(), session.Cancel);
        if (!session.Screen.IsJson) session.Screen.Line($"{Cell.Safe(name)} is removed.");
    }

    private static async Task<ExitCode> TryAsync(Session session, string name, string? payload)
    {
        var body = new Body().AddJson("payload", payload is null ? """{"trial":true}""" : await session.TextAsync(payload)).ToString();
        var answer = await session.Api.PostAsync(Query.Path(Downstreams, name, "trial"), body, session.Cancel);
        session.Screen.Show(answer, screen => screen.Pairs(
            ("outcome", Cell.State(Cell.Text(answer, "outcome"))), ("status", Cell.Text(answer, "statusCode")), ("error", Cell.Safe(Cell.Text(answer, "error"))),
            ("answer", Cell.Safe(Cell.Text(answer, "detail"))), ("took", Cell.Text(answer, "durationMs") + " ms")));
        return Cell.Text(answer, "outcome") is "delivered" or "success" ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task RotateAsync(Session session, string name)
    {
        var answer = await session.Api.PostAsync(Query.Path(Downstreams, name, "rotate-secret"), null, session.Cancel);
        session.Screen.Show(answer, screen => screen.Line($"{Cell.Safe(Cell.Text(answer, "secret"))}  [grey]({Cell.Text(answer, "secretsInUse")} in use; it is not shown again)[/]"));
    }
}
