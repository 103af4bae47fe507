using System.CommandLine;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>pause</c>, <c>resume</c>, <c>reclaim</c>, <c>audit</c>, <c>config</c>: operating the service.</summary>
internal static class OperateCommands
{
    private static readonly string[] _outcomes = ["begun", "done", "refused", "rejected", "failed"];

    /// <summary>The columns of the audit log.</summary>
    public static IReadOnlyList<Column> AuditColumns { get; } =
    [
        new Column("AT", "at", row => Span.At(row, "at")),
        Column.Of("WHO", "who"),
        Column.Of("ACT", "act"),
        Column.Of("OUTCOME", "outcome") with { Coloured = true },
        Column.Of("FROM", "from") with { LeaveOut = 4 },
        Column.Of("COUNT", "count") with { LeaveOut = 3, Right = true },
        Column.Of("SUBJECT", "subject") with { Takes = true },
        Column.Of("WHY", "reason") with { LeaveOut = 5 },
    ];

    /// <summary>The columns of the settings.</summary>
    public static IReadOnlyList<Column> SettingColumns { get; } =
    [
        Column.Of("SETTING", "name"),
        new Column("SET", "isDefault", row => Cell.Text(row, "isDefault") == "no" ? "yes" : ""),
        Column.Of("VALUE", "value") with { Takes = true },
    ];

    /// <summary>Makes them.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        var name = new Argument<string?>("downstream") { Description = "Which one; all without it", Arity = ArgumentArity.ZeroOrOne };
        yield return runner.Make("pause", "Send nothing, to one downstream or all; accepting goes on", session => PauseAsync(session, "pause", session.Get(name)), name);
        yield return runner.Make("resume", "Send again", session => PauseAsync(session, "resume", session.Get(name)), name);
        yield return runner.Make("reclaim", "Look after replays that are stuck, now", ReclaimAsync);
        yield return Audit(runner);
        var changed = Limits.Switch("--changed", "Only what is not as it is by default");
        yield return runner.Make("config", "Show the service's settings; secrets are hidden", session => ConfigAsync(session, session.Get(changed)), changed);
    }

    private static Command Audit(Runner runner)
    {
        var who = Limits.Text("--who", "Of this person", "name");
        var act = Limits.Text("--act", "This act, such as breaker.forceOpen", "name");
        var subject = Limits.Text("--subject", "On this letter, downstream, replay or group", "id");
        var outcome = Limits.OneOf("--outcome", "That ended like this", _outcomes);
        var from = Limits.Text("--start-date", "At or after this time, or 2h ago", "time", "--from");
        var to = Limits.Text("--end-date", "Before this time", "time", "--to");
        var paging = new Paging(byCursor: true, byNumber: false, size: 50);
        return runner.Make("audit", "List who did what, when and why", async session =>
        {
            var now = session.Screen.Now;
            var path = Query.With("api/audit",
            [
                ("who", session.Get(who)), ("act", session.Get(act)), ("subject", session.Get(subject)), ("outcome", session.Get(outcome)),
                ("from", When.Read(session.Get(from), now)), ("to", When.Read(session.Get(to), now, endOfDay: true)), .. paging.Read(session),
            ]);
            var answer = await session.Api.GetAsync(path, session.Cancel);
            session.Screen.Show(answer, screen => Pages.Write(screen, answer, "acts", AuditColumns));
        }, [who, act, subject, outcome, from, to, .. paging.All]);
    }

    private static async Task PauseAsync(Session session, string act, string? name)
    {
        var answer = await session.Api.PostAsync(Query.With("admin/delivery/" + act, ("name", name)), null, session.Cancel);
        var paused = Cell.Text(answer, "paused") == "yes";
        session.Screen.Show(answer, screen => screen.Line($"Delivery to {Cell.Safe(name ?? "all downstreams")} is {(paused ? "[yellow]paused[/]" : "[green]going on[/]")}."));
    }

    private static async Task ReclaimAsync(Session session)
    {
        var answer = await session.Api.PostAsync("admin/dlq/reclaim-stale", null, session.Cancel);
        session.Screen.Show(answer, screen => screen.Line($"Looked after {Cell.Count(Cell.Number(answer, "reclaimed"), "letter")}."));
    }

    private static async Task ConfigAsync(Session session, bool changed)
    {
        var answer = await session.Api.GetAsync("api/settings", session.Cancel);
        session.Screen.Show(answer, screen => Table.Write(screen, [.. Cell.List(answer).Where(setting => !changed || Cell.Text(setting, "isDefault") == "no")], SettingColumns));
    }
}
