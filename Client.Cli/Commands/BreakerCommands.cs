using System.CommandLine;
using System.Text.Json;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>breaker</c>: circuit breakers.</summary>
internal static class BreakerCommands
{
    private const string Breakers = "api/circuit-breakers";
    private const string Admin = "admin/circuit-breaker/";
    private const string Name = "name";
    private const string Reason = "reason";

    // As long as the service holds one: 30 days.
    private const long LongestSeconds = 30L * 24 * 60 * 60;

    /// <summary>The columns of the list.</summary>
    /// <param name="now">The time now.</param>
    public static IReadOnlyList<Column> Columns(DateTimeOffset now) =>
    [
        Column.Of("BREAKER", Name) with { Takes = true },
        Column.Of("STATE", "state") with { Coloured = true },
        Column.Of("MODE", "mode"),
        new Column("FAILED", "failureRatio", row => Cell.Percent(row, "failureRatio")) { Right = true },
        Column.Number("OK", "successes"),
        Column.Number("BAD", "failures"),
        Column.Ago("OPENED", "openedAt", now),
        Column.Ago("PROBES", "nextProbeAt", now),
        Column.Of("WHY", "modeReason") with { LeaveOut = 2 },
    ];

    /// <summary>The columns of a breaker's transitions.</summary>
    public static IReadOnlyList<Column> TransitionColumns { get; } =
    [
        new Column("AT", "at", row => Span.At(row, "at")),
        Column.Of("FROM", "from") with { LeaveOut = 3 },
        Column.Of("TO", "to") with { Coloured = true },
        Column.Of("WHO", "by") with { LeaveOut = 2 },
        Column.Of("WHY", Reason) with { Takes = true },
    ];

    /// <summary>Makes them.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        var paging = new Paging(byCursor: false, byNumber: true, size: 100);
        var name = new Argument<string>(Name) { Description = "The downstream whose breaker is meant" };
        var reason = new Option<string?>("--reason") { Description = "Why; it is kept", HelpName = "text" };
        var seconds = Limits.Optional("--for", "For so many seconds; without it until reset", 1, LongestSeconds);
        yield return runner.Make(
            "breaker", "List circuit breakers; show, open, close, disable, reset one", session => ListAsync(session, paging),
            [
                .. paging.All,
                runner.Make("show", "Show a breaker and its transitions", session => ShowAsync(session, session.Get(name)!), name),
                runner.Make("open", "Hold it open: nothing is sent", session => ForceAsync(session, session.Get(name)!, "force-open", Why(session, reason), session.Get(seconds)), name, reason, seconds),
                runner.Make("close", "Hold it closed: everything is sent", session => ForceAsync(session, session.Get(name)!, "force-close", Why(session, reason), session.Get(seconds)), name, reason, seconds),
                runner.Make("disable", "Switch it off: closed, and it counts nothing", session => ForceAsync(session, session.Get(name)!, "disable", Why(session, reason), session.Get(seconds)), name, reason, seconds),
                runner.Make("count-only", "Let it count and show, but never open", session => ForceAsync(session, session.Get(name)!, "metrics-only", Why(session, reason), session.Get(seconds)), name, reason, seconds),
                runner.Make("reset", "Let go of it: closed, counts cleared, automatic", session => ForceAsync(session, session.Get(name)!, "reset", session.Get(reason), null), name, reason),
            ]);
    }

    private static string Why(Session session, Option<string?> reason) =>
        session.Get(reason) ?? throw CommandFailure.Usage("Why? Give a --reason; it is shown with the breaker until somebody lets go of it.");

    private static async Task ListAsync(Session session, Paging paging)
    {
        var answer = await session.Api.GetAsync(Query.With(Breakers, paging.Read(session)), session.Cancel);
        session.Screen.Show(answer, screen => Pages.Write(screen, answer, "breakers", Columns(screen.Now)));
    }

    private static async Task ShowAsync(Session session, string name)
    {
        var breaker = await session.Api.GetAsync(Query.Path(Breakers, name), session.Cancel);
        session.Screen.Show(breaker, screen => Write(screen, breaker));
    }

    private static async Task ForceAsync(Session session, string name, string act, string? reason, long? seconds)
    {
        var body = new Body().Add(Reason, reason).Add("forMs", seconds * 1_000.0).ToString();
        var breaker = await session.Api.PostAsync(Query.With(Admin + act, (Name, name)), body, session.Cancel);
        session.Screen.Show(breaker, screen => Write(screen, breaker));
    }

    private static void Write(Screen screen, JsonElement breaker)
    {
        screen.Pairs(
            ("breaker", Cell.Safe(Cell.Text(breaker, Name))),
            ("state", Cell.State(Cell.Text(breaker, "state"))),
            ("mode", Cell.Safe(Cell.Text(breaker, "mode"))),
            ("why", Cell.Safe(Cell.Text(breaker, "modeReason"))),
            ("until", Span.At(breaker, "modeUntil")),
            ("failed", $"{Cell.Percent(breaker, "failureRatio")} ({Cell.Text(breaker, "failures")} of {Cell.Number(breaker, "failures") + Cell.Number(breaker, "successes")} in the window, {Cell.Text(breaker, "consecutiveFailures")} in a row)"),
            ("opened", Span.At(breaker, "openedAt")),
            ("next probe", Span.At(breaker, "nextProbeAt")));
        var transitions = Cell.List(breaker, "transitions");
        if (transitions.Count == 0) return;
        screen.Line();
        Table.Write(screen, transitions, TransitionColumns);
    }
}
