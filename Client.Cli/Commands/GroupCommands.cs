using System.CommandLine;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>groups</c>: letters that failed alike.</summary>
internal static class GroupCommands
{
    private const string Groups = LetterCommands.Letters + "/groups";

    private static readonly string[] _kinds = ["fingerprint", "errorType", "target", "source"];

    /// <summary>The columns.</summary>
    /// <param name="now">The time now.</param>
    public static IReadOnlyList<Column> Columns(DateTimeOffset now) =>
    [
        Column.Of("GROUP", "name"),
        Column.Number("OPEN", "open"),
        Column.Number("ALL", "count") with { LeaveOut = 3 },
        Column.Of("STATE", "state") with { Coloured = true },
        Column.Of("OWNER", "mark.owner") with { LeaveOut = 4 },
        Column.Ago("FIRST", "firstSeen", now) with { LeaveOut = 5 },
        Column.Ago("LAST", "lastSeen", now),
        Column.Of("NOTE", "mark.note") with { LeaveOut = 6 },
        Column.Of("SAMPLE", "sampleError") with { Takes = true },
    ];

    /// <summary>Makes them.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        var by = Limits.OneOf("--by", "What the letters have in common [fingerprint]", _kinds);
        var state = Limits.OneOf("--state", "Groups in this state", "active", "resolved", "regressed");
        var owner = Limits.Text("--owner", "Groups of this owner", "name");
        var sort = Limits.OneOf("--sort", "What to sort by [open]", "open", "count", "lastSeen", "firstSeen");
        var paging = new Paging(byCursor: false, byNumber: true, size: 50);
        yield return runner.Make(
            "groups", "List dead letters in groups that failed alike", async session =>
            {
                var path = Query.With(Groups, [("by", session.Get(by)), ("state", session.Get(state)), ("owner", session.Get(owner)), ("sort", session.Get(sort)), .. paging.Read(session)]);
                var answer = await session.Api.GetAsync(path, session.Cancel);
                session.Screen.Show(answer, screen => Pages.Write(screen, answer, "groups", Columns(screen.Now)));
            },
            [by, state, owner, sort, .. paging.All, Mark(runner)]);
    }

    private static Command Mark(Runner runner)
    {
        var name = new Argument<string>("name") { Description = "The group" };
        var by = Limits.OneOf("--by", "What its letters have in common [fingerprint]", _kinds);
        var owner = Limits.Text("--owner", "Who looks after it; '' for nobody", "name");
        var note = Limits.Text("--note", "A note; '' for none", "text");
        var muted = new Option<bool?>("--muted") { Description = "Whether it is known and left alone", HelpName = "true|false" };
        var resolved = new Option<bool?>("--resolved") { Description = "Whether it is mended; it is regressed when it comes back", HelpName = "true|false" };
        var reason = Limits.Text("--reason", "Why", "text");
        return runner.Make("mark", "Give a group an owner, a note, mute it, call it resolved", async session =>
        {
            var path = Query.With(Groups, ("by", session.Get(by)), ("name", session.Get(name)));
            var body = new Body().Add("owner", session.Get(owner)).Add("note", session.Get(note)).Add("muted", session.Get(muted))
                .Add("resolved", session.Get(resolved)).Add("reason", session.Get(reason));
            var answer = await session.Api.SendAsync(HttpMethod.Patch, path, body.ToString(), session.Cancel);
            session.Screen.Show(answer, screen => screen.Pairs(
                ("owner", Cell.Safe(Cell.Text(answer, "owner"))), ("note", Cell.Safe(Cell.Text(answer, "note"))),
                ("muted", Cell.Text(answer, "muted")), ("resolved", Span.At(answer, "resolvedAt"))));
        }, name, by, owner, note, muted, resolved, reason);
    }
}
