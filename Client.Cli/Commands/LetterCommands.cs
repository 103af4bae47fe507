using System.CommandLine;
using System.Text.Json;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>list</c>, <c>show</c> and <c>stats</c>: dead letters.</summary>
internal static class LetterCommands
{
    /// <summary>The letters' path.</summary>
    public const string Letters = "api/dlq";

    private const string MessageId = "messageId";

    private static readonly string[] _sorts = ["createdAt", "updatedAt", "nextRetryAt", "errorType", "status", "target", "source", "dlqRetryCount"];

    /// <summary>The columns of the list of letters.</summary>
    /// <param name="now">The time now.</param>
    public static IReadOnlyList<Column> Columns(DateTimeOffset now) =>
    [
        Column.Of("MESSAGE", MessageId),
        new Column("STATUS", "status", row => Cell.Status(row)) { Coloured = true },
        Column.Of("TYPE", "errorType") with { LeaveOut = 3 },
        Column.Of("TARGET", "metadata.target") with { LeaveOut = 4 },
        Column.Of("SOURCE", "metadata.source") with { LeaveOut = 5 },
        Column.Number("REPLAYS", "dlqRetryCount") with { LeaveOut = 6 },
        Column.Ago("AGO", "createdAt", now),
        Column.Ago("NEXT", "nextRetryAt", now) with { LeaveOut = 7 },
        Column.Of("ERROR", "errorReason") with { Takes = true },
    ];

    /// <summary>The columns of a letter's history.</summary>
    public static IReadOnlyList<Column> HistoryColumns { get; } =
    [
        new Column("AT", "at", row => Span.At(row, "at")),
        Column.Of("WHAT", "what"),
        Column.Of("WHO", "by") with { LeaveOut = 1 },
        new Column("WHY", "reason", row => string.Join(": ", new[] { Cell.Text(row, "reason"), Cell.Text(row, "detail") }.Where(text => text.Length > 0))) { Takes = true },
    ];

    /// <summary>Makes them.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        var filter = new LetterFilter();
        var paging = new Paging(byCursor: true, byNumber: true, size: 20);
        var sort = Limits.OneOf("--sort", "What to sort by [createdAt]", _sorts);
        var ascending = Limits.Switch("--ascending", "The least first, not last");
        yield return runner.Make(
            "list", "List dead letters", session => ListAsync(session, filter, paging, session.Get(sort), session.Get(ascending)),
            [.. filter.All, sort, ascending, .. paging.All]);
        var id = new Argument<string>("id") { Description = "The letter's message" };
        yield return runner.Make("show", "Show a dead letter with its whole story", session => ShowAsync(session, session.Get(id)!), id);
        yield return runner.Make("stats", "Show the dead-letter queue in numbers", StatsAsync);
    }

    /// <summary>Shows a letter.</summary>
    /// <param name="screen">Where to.</param>
    /// <param name="letter">The letter.</param>
    public static void Write(Screen screen, JsonElement letter)
    {
        screen.Pairs(
            ("message", Cell.Safe(Cell.Text(letter, MessageId))),
            ("status", Cell.State(Cell.Status(letter)) + (Cell.Text(letter, "resolution") is { Length: > 0 } how ? $" ({Cell.Safe(how)})" : "")),
            ("error", $"[bold]{Cell.Safe(Cell.Text(letter, "errorType"))}[/] {Cell.Safe(Cell.Text(letter, "errorReason"))}"),
            ("detail", Cell.Safe(Cell.Text(letter, "errorStack"))),
            ("group", Cell.Safe(Cell.Text(letter, "fingerprint"))),
            ("target", Cell.Safe(Cell.Text(letter, "metadata.target"))),
            ("source", Cell.Safe(Cell.Text(letter, "metadata.source"))),
            ("correlation", Cell.Safe(Cell.Text(letter, "metadata.correlationId"))),
            ("tags", Cell.Safe(Cell.Text(letter, "metadata.tags"))),
            ("replays", $"{Cell.Text(letter, "dlqRetryCount")} failed, strategy {Cell.Safe(Cell.Text(letter, "strategy"))}"),
            ("next replay", Span.At(letter, "nextRetryAt")),
            ("dead-lettered", Span.At(letter, "createdAt")));
        screen.Line();
        if (Cell.Find(letter, "originalMessage.payload") is { } payload) screen.Line(Spectre.Console.Markup.Escape(Clean(Screen.Text(payload, indented: true))));
        var history = Cell.List(letter, "history");
        if (history.Count == 0) return;
        screen.Line();
        Table.Write(screen, history, HistoryColumns);
    }

    private static string Clean(string text) => string.Join('\n', text.Split('\n').Select(Cell.Clean));

    private static async Task ListAsync(Session session, LetterFilter filter, Paging paging, string? sort, bool ascending)
    {
        var path = Query.With(Letters, [.. filter.Read(session), ("sort", sort), ("order", ascending ? "asc" : null), .. paging.Read(session)]);
        var answer = await session.Api.GetAsync(path, session.Cancel);
        session.Screen.Show(answer, screen => Pages.Write(screen, answer, "dead letters", Columns(screen.Now)));
    }

    private static async Task ShowAsync(Session session, string id)
    {
        var letter = await session.Api.GetAsync(Query.Path(Letters, id), session.Cancel);
        session.Screen.Show(letter, screen => Write(screen, letter));
    }

    private static async Task StatsAsync(Session session)
    {
        var stats = await session.Api.GetAsync(Letters + "/stats", session.Cancel);
        session.Screen.Show(stats, screen =>
        {
            screen.Pairs(
                ("dead letters", Cell.Number(Cell.Number(stats, "total"))),
                ("replays that delivered", Cell.Percent(stats, "replaySuccessRate")),
                ("oldest pending", Span.Ago(stats, "oldestPending", screen.Now)));
            if (Cell.Find(stats, "byStatus") is { } statuses)
            {
                screen.Line();
                screen.Pairs(statuses.EnumerateObject().Select(status => (status.Name, (string?)Cell.Number(status.Value.GetDouble()))));
            }

            Counts(screen, stats, "topErrorTypes", "ERROR TYPE");
            Counts(screen, stats, "bySource", "SOURCE");
        });
    }

    private static void Counts(Screen screen, JsonElement stats, string list, string title)
    {
        var rows = Cell.List(stats, list);
        if (rows.Count == 0) return;
        screen.Line();
        Table.Write(screen, rows, Column.Of(title, "name") with { Takes = true }, Column.Number("LETTERS", "count"));
    }
}
