using System.CommandLine;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>keys</c> and <c>me</c>: API keys, and who one is.</summary>
internal static class KeyCommands
{
    private const string Keys = "api/keys";
    private const string Name = "name";
    private const int MostRequests = 1_000_000;

    /// <summary>The columns of the list.</summary>
    /// <param name="now">The time now.</param>
    public static IReadOnlyList<Column> Columns(DateTimeOffset now) =>
    [
        Column.Of("KEY", "id"),
        Column.Of("NAME", Name) with { Takes = true },
        Column.Of("ROLE", "role"),
        Column.Ago("USED", "lastUsedAt", now),
        Column.Ago("EXPIRES", "expiresAt", now),
        Column.Of("EXPIRED", "expired") with { Coloured = true, LeaveOut = 2 },
        Column.Number("PER MIN", "requestsPerMinute") with { LeaveOut = 3 },
        Column.Ago("MADE", "createdAt", now) with { LeaveOut = 4 },
        Column.Of("BY", "createdBy") with { LeaveOut = 5 },
    ];

    /// <summary>Makes them.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        var paging = new Paging(byCursor: false, byNumber: true, size: 100);
        var id = new Argument<string>("id") { Description = "The key's id, as listed" };
        var reason = Limits.Text("--reason", "Why; it is kept in the audit log");
        yield return runner.Make(
            "keys", "List API keys; create, revoke one", async session =>
            {
                var answer = await session.Api.GetAsync(Query.With(Keys, paging.Read(session)), session.Cancel);
                session.Screen.Show(answer, screen => Pages.Write(screen, answer, "API keys", Columns(screen.Now)));
            },
            [
                .. paging.All,
                Create(runner),
                runner.Make("revoke", "Refuse a key from now on", async session =>
                {
                    await session.Api.SendAsync(HttpMethod.Delete, Query.Path(Keys, session.Get(id)!), null, session.Cancel, session.Get(reason));
                    if (!session.Screen.IsJson) session.Screen.Line($"{Cell.Safe(session.Get(id))} is revoked.");
                }, id, reason),
            ]);
        yield return runner.Make("me", "Say who the service takes you for, and what you may do", async session =>
        {
            var answer = await session.Api.GetAsync("api/me", session.Cancel);
            session.Screen.Show(answer, screen => screen.Pairs(answer.EnumerateObject().Select(member => (member.Name, (string?)Cell.Safe(Cell.Text(member.Value))))));
        });
    }

    private static Command Create(Runner runner)
    {
        var name = new Argument<string>(Name) { Description = "Whose it is: it stands in the audit log" };
        var role = Limits.OneOf("--role", "What it may do", "submit", "read", "operate", "admin");
        role.Required = true;
        var expires = Limits.Text("--expires", "Until when it is valid, or how long from now (90d)", "time");
        var rate = Limits.Optional("--per-minute", "Requests a minute", 1, MostRequests);
        return runner.Make("create", "Make a key; it is shown this once", async session =>
        {
            var body = new Body().Add(Name, session.Get(name)).Add("role", session.Get(role)).Add("requestsPerMinute", session.Get(rate))
                .Add("expiresAt", When.Read(session.Get(expires), session.Screen.Now, ahead: true));
            var answer = await session.Api.PostAsync(Keys, body.ToString(), session.Cancel);
            session.Screen.Show(answer, screen => screen.Line(Cell.Safe(Cell.Text(answer, "key"))));
            if (!session.Screen.IsJson) session.Screen.Remark("[grey]Keep it now; it is not shown again.[/]");
        }, name, role, expires, rate);
    }
}
