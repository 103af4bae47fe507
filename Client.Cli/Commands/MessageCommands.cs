using System.CommandLine;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>send</c>, <c>get</c>, <c>explain</c> and <c>cancel</c>: messages.</summary>
internal static class MessageCommands
{
    private const string Messages = "api/messages";
    private const string MessageId = "messageId";
    private const string State = "state";

    /// <summary>The columns of a message's attempts.</summary>
    public static IReadOnlyList<Column> AttemptColumns(DateTimeOffset now) =>
    [
        Column.Of("#", "number"),
        Column.Ago("AGO", "startedAt", now),
        Column.Number("MS", "durationMs"),
        Column.Of("OUTCOME", "outcome") with { Coloured = true },
        Column.Of("HTTP", "statusCode"),
        Column.Of("ERROR", "error") with { Takes = true },
    ];

    /// <summary>Makes them.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        yield return SendCommand.Make(runner);
        var id = new Argument<string>("id") { Description = "The message" };
        yield return runner.Make("get", "Show a message and its attempts", session => GetAsync(session, session.Get(id)!), id);
        yield return runner.Make("explain", "Say why a message has not been sent and when it will be", session => ExplainAsync(session, session.Get(id)!), id);
        yield return runner.Make("cancel", "Cancel a message that has not ended", session => CancelAsync(session, session.Get(id)!), id);
    }

    private static async Task GetAsync(Session session, string id)
    {
        var message = await session.Api.GetAsync(Query.Path(Messages, id), session.Cancel);
        session.Screen.Show(message, screen =>
        {
            screen.Pairs(
                ("message", Cell.Safe(Cell.Text(message, MessageId))),
                (State, Cell.State(Cell.Text(message, State))),
                ("target", Cell.Safe(Cell.Text(message, "target"))),
                ("source", Cell.Safe(Cell.Text(message, "source"))),
                ("client id", Cell.Safe(Cell.Text(message, "clientMessageId"))),
                ("correlation", Cell.Safe(Cell.Text(message, "correlationId"))),
                ("ordering key", Cell.Safe(Cell.Text(message, "orderingKey"))),
                ("priority", Cell.Safe(Cell.Text(message, "priority"))),
                ("tags", Cell.Safe(Cell.Text(message, "tags"))),
                ("accepted", Span.At(message, "acceptedAt")),
                ("next attempt", Span.At(message, "nextAttemptAt")),
                ("expires", Span.At(message, "expiresAt")),
                ("ended", Span.At(message, "endedAt")),
                ("replays", Cell.Number(message, "replays") > 0 ? Cell.Text(message, "replays") : null));
            var attempts = Cell.List(message, "attempts");
            if (attempts.Count == 0) return;
            screen.Line();
            Table.Write(screen, attempts, AttemptColumns(screen.Now));
        });
    }

    private static async Task ExplainAsync(Session session, string id)
    {
        var answer = await session.Api.GetAsync(Query.Path(Messages, id, "explain"), session.Cancel);
        session.Screen.Show(answer, screen =>
        {
            var summary = Cell.Text(answer, "summary");
            screen.Pairs((Cell.Text(answer, State), Cell.Safe(summary)));
            if (Span.At(answer, "expectedAt") is { Length: > 0 } at) screen.Line($"Expected at {at}.");
            // Where there is but one reason it is the summary.
            screen.Pairs(Cell.List(answer, "reasons").Where(reason => Cell.Text(reason, "text") != summary).Select(reason =>
            {
                var until = Span.At(reason, "expectedAt") is { Length: > 0 } over ? $" (until {over})" : "";
                return ("  " + Cell.Text(reason, "code"), (string?)(Cell.Safe(Cell.Text(reason, "text")) + until));
            }));
        });
    }

    private static async Task CancelAsync(Session session, string id)
    {
        var answer = await session.Api.SendAsync(HttpMethod.Delete, Query.Path(Messages, id), null, session.Cancel);
        session.Screen.Show(answer, screen => screen.Line($"{Cell.Safe(id)} is {Cell.State(Cell.Text(answer, State))}."));
    }
}
