using System.CommandLine;
using System.Text.Json;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>replays</c>: replay jobs.</summary>
internal static class ReplayJobCommands
{
    private const string Replays = "api/replays";
    private const string JobId = "jobId";
    private const string State = "state";

    /// <summary>The columns of the list.</summary>
    /// <param name="now">The time now.</param>
    public static IReadOnlyList<Column> Columns(DateTimeOffset now) =>
    [
        Column.Of("REPLAY", JobId),
        Column.Of("STATE", State) with { Coloured = true },
        Column.Number("MATCHED", "matched") with { LeaveOut = 3 },
        Column.Number("DELIVERED", "delivered"),
        Column.Number("FAILED", "failed"),
        Column.Number("LEFT", "remaining"),
        Column.Ago("BEGUN", "createdAt", now) with { LeaveOut = 5 },
        Column.Of("WHO", "plan.by") with { LeaveOut = 4 },
        Column.Of("WHY", "plan.reason") with { Takes = true, LeaveOut = 6 },
    ];

    /// <summary>Makes them.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        var paging = new Paging(byCursor: false, byNumber: true, size: 20);
        var id = new Argument<string>("id") { Description = "The replay" };
        var reason = Limits.Text("--reason", "Why");
        yield return runner.Make(
            "replays", "List replays of many letters; pause, resume, cancel, follow one", session => ListAsync(session, paging),
            [
                .. paging.All,
                runner.Make("show", "Show a replay", session => ShowAsync(session, session.Get(id)!), id),
                runner.Make("follow", "Watch a replay until it ends", session => ReplayCommands.FollowAsync(session, session.Get(id)!), id),
                runner.Make("pause", "Start no more of its letters", session => OrderAsync(session, session.Get(id)!, "pause", session.Get(reason)), id, reason),
                runner.Make("resume", "Go on with it", session => OrderAsync(session, session.Get(id)!, "resume", session.Get(reason)), id, reason),
                runner.Make("cancel", "End it; what is under way is finished", session => OrderAsync(session, session.Get(id)!, "cancel", session.Get(reason)), id, reason),
            ]);
    }

    /// <summary>Shows a job.</summary>
    /// <param name="screen">Where to.</param>
    /// <param name="job">The job.</param>
    public static void Write(Screen screen, JsonElement job)
    {
        screen.Pairs(
            ("replay", Cell.Safe(Cell.Text(job, JobId))),
            (State, Cell.State(Cell.Text(job, State)) + (Cell.Text(job, "stateReason") is { Length: > 0 } why ? $" ({Cell.Safe(why)})" : "")),
            ("matched", Cell.Number(Cell.Number(job, "matched"))),
            ("delivered", Cell.Number(Cell.Number(job, "delivered"))),
            ("failed again", Cell.Number(Cell.Number(job, "failed"))),
            ("skipped", Cell.Number(Cell.Number(job, "skipped"))),
            ("under way", Cell.Number(Cell.Number(job, "underWay"))),
            ("remaining", Cell.Number(Cell.Number(job, "remaining"))),
            ("rate", Cell.Text(job, "ratePerSecond") + "/s"),
            ("blocked by", string.Join(", ", Cell.List(job, "blockedBy").Select(block => $"{Cell.Safe(Cell.Text(block, "target"))} ({Cell.Safe(Cell.Text(block, "reason"))})"))),
            ("who", Cell.Safe(Cell.Text(job, "plan.by"))),
            ("why", Cell.Safe(Cell.Text(job, "plan.reason"))),
            ("begun", Span.At(job, "createdAt")),
            ("ended", Span.At(job, "endedAt")));
    }

    private static async Task ListAsync(Session session, Paging paging)
    {
        var answer = await session.Api.GetAsync(Query.With(Replays, paging.Read(session)), session.Cancel);
        session.Screen.Show(answer, screen => Pages.Write(screen, answer, "replays", Columns(screen.Now)));
    }

    private static async Task ShowAsync(Session session, string id)
    {
        var job = await session.Api.GetAsync(Query.Path(Replays, id), session.Cancel);
        session.Screen.Show(job, screen => Write(screen, job));
    }

    private static async Task OrderAsync(Session session, string id, string order, string? reason)
    {
        var job = await session.Api.PostAsync(Query.Path(Replays, id, order), new Body().Add("reason", reason).ToString(), session.Cancel);
        session.Screen.Show(job, screen => Write(screen, job));
    }
}
