using System.CommandLine;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>lanes</c>: ordering keys and what waits behind what.</summary>
internal static class LaneCommands
{
    private const string Ordering = "api/ordering/";
    private const string OrderingKey = "orderingKey";
    private const string Target = "target";

    /// <summary>The columns of the list.</summary>
    /// <param name="now">The time now.</param>
    public static IReadOnlyList<Column> Columns(DateTimeOffset now) =>
    [
        Column.Of("TARGET", Target),
        Column.Of("KEY", OrderingKey) with { Takes = true },
        Column.Number("MESSAGES", "length"),
        Column.Of("BLOCKED", "blocked") with { Coloured = true },
        Column.Ago("SINCE", "blockedSince", now) with { LeaveOut = 2 },
        Column.Of("HEAD", "headMessageId") with { LeaveOut = 1 },
    ];

    /// <summary>Makes them.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        var paging = new Paging(byCursor: true, byNumber: false, size: 50);
        var onlyTarget = Limits.Text("--target", "Of this downstream", "name");
        var blocked = Limits.Switch("--blocked", "Only those that a dead letter holds up");
        var target = new Argument<string>(Target) { Description = "The downstream" };
        var key = new Argument<string>("key") { Description = "The ordering key" };
        var reason = Limits.Text("--reason", "Why; it is kept");
        yield return runner.Make(
            "lanes", "List ordering keys that have messages; show one, go on past a dead letter",
            async session =>
            {
                var path = Query.With(Ordering + "lanes", [(Target, session.Get(onlyTarget)), ("blocked", session.Get(blocked) ? "true" : null), .. paging.Read(session)]);
                var answer = await session.Api.GetAsync(path, session.Cancel);
                session.Screen.Show(answer, screen => Pages.Write(screen, answer, "ordering keys", Columns(screen.Now)));
            },
            [
                onlyTarget, blocked, .. paging.All,
                runner.Make("show", "Show an ordering key and its messages in order", session => ShowAsync(session, session.Get(target)!, session.Get(key)!), target, key),
                runner.Make("unblock", "Go on past the dead letter that holds it up; the letter stays", session => UnblockAsync(session, session.Get(target)!, session.Get(key)!, session.Get(reason)), target, key, reason),
            ]);
    }

    private static async Task ShowAsync(Session session, string target, string key)
    {
        var lane = await session.Api.GetAsync(Query.With(Ordering + "lane", (Target, target), (OrderingKey, key)), session.Cancel);
        session.Screen.Show(lane, screen =>
        {
            screen.Pairs(
                (Target, Cell.Safe(Cell.Text(lane, Target))), ("key", Cell.Safe(Cell.Text(lane, OrderingKey))), ("messages", Cell.Text(lane, "length")),
                ("blocked", Cell.State(Cell.Text(lane, "blocked"))), ("since", Span.At(lane, "blockedSince")));
            foreach (var message in Cell.List(lane, "messages")) screen.Line("  " + Cell.Safe(Cell.Text(message)));
        });
    }

    private static async Task UnblockAsync(Session session, string target, string key, string? reason)
    {
        var path = Query.With(Ordering + "lane/unblock", (Target, target), (OrderingKey, key));
        var answer = await session.Api.PostAsync(path, new Body().Add("reason", reason).ToString(), session.Cancel);
        session.Screen.Show(answer, screen => screen.Line($"Went on past {Cell.Safe(Cell.Text(answer, "messageId"))}; {Cell.Count(Cell.Number(answer, "length"), "message")} left."));
    }
}
