using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>discard</c>, <c>reopen</c>, <c>note</c> and <c>edit</c>: what people do with letters.</summary>
internal static class LetterActCommands
{
    private const string Reason = "reason";

    /// <summary>Makes them.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        yield return Discard(runner);
        var id = new Argument<string>("id") { Description = "The letter's message" };
        var reason = Limits.Text("--reason", "Why", "text");
        yield return runner.Make(
            "reopen", "Take a discard back", session => ActAsync(session, session.Get(id)!, "restore", new Body().Add(Reason, session.Get(reason))), id, reason);
        var text = new Argument<string>("text") { Description = "The note" };
        yield return runner.Make(
            "note", "Add a note to a letter", session => ActAsync(session, session.Get(id)!, "notes", new Body().Add("text", session.Get(text))), id, text);
        yield return Edit(runner);
    }

    private static Command Discard(Runner runner)
    {
        var filter = new LetterFilter();
        var id = new Argument<string?>("id") { Description = "The letter's message", Arity = ArgumentArity.ZeroOrOne };
        var reason = Limits.Text("--reason", "Why; it is kept", "text");
        var all = Limits.Switch("--all", "All letters");
        var dryRun = Limits.Switch("--dry-run", "Only count");
        var yes = Limits.Switch("--yes", "Do not ask", "-y");
        return runner.Make("discard", "Settle a letter, or all that match, without delivering", session =>
        {
            var why = session.Get(reason) ?? (session.Get(dryRun) ? null : throw CommandFailure.Usage("Why? Give a --reason; it is kept with the letters."));
            if (session.Get(id) is { } one) return ActAsync(session, one, "discard", new Body().Add(Reason, why));
            filter.Require(session, session.Get(all));
            return DiscardManyAsync(session, filter.ReadJson(session), why ?? "dry run", session.Get(dryRun), session.Get(yes));
        }, [id, .. filter.All, all, reason, dryRun, yes]);
    }

    private static async Task DiscardManyAsync(Session session, string filter, string reason, bool dryRun, bool yes)
    {
        var look = await PostAsync(session, filter, reason, null, null, dryRun: true);
        var matched = Cell.Number(look, "matched");
        if (!dryRun && matched > 0) session.Confirm($"Discard {Cell.Count(matched, "letter")}?", yes);
        var (answer, discarded, skipped) = (look, 0.0, 0.0);
        if (!dryRun && matched > 0)
        {
            await Bar.RunAsync(session.Screen, "Discarding", matched, async advance =>
            {
                string? cursor = null;
                do
                {
                    answer = await PostAsync(session, filter, reason, Cell.Text(look, "asOf"), cursor, dryRun: false);
                    discarded += Cell.Number(answer, "discarded");
                    skipped += Cell.Number(answer, "skipped") + Cell.Number(answer, "failed");
                    advance(Cell.Number(answer, "discarded"));
                    cursor = Cell.Text(answer, "nextCursor") is { Length: > 0 } next ? next : null;
                    if (session.Screen.IsJson) session.Screen.JsonLine(answer);
                }
                while (cursor is not null);
            });
        }
        else
        {
            session.Screen.Show(answer, static _ => { });
        }

        if (!session.Screen.IsJson) session.Screen.Line($"{Cell.Number(matched)} matched, {Cell.Number(discarded)} discarded, {Cell.Number(skipped)} left as they were.");
    }

    private static Task<JsonElement> PostAsync(Session session, string filter, string reason, string? asOf, string? cursor, bool dryRun)
    {
        var body = new Body().AddJson("filter", filter).Add(Reason, reason).Add("asOf", asOf).Add("cursor", cursor).Add("dryRun", dryRun);
        return session.Api.PostAsync(LetterCommands.Letters + "/discard-batch", body.ToString(), session.Cancel);
    }

    private static async Task ActAsync(Session session, string id, string act, Body body)
    {
        var letter = await session.Api.PostAsync(Query.Path(LetterCommands.Letters, id, act), body.ToString(), session.Cancel);
        session.Screen.Show(letter, screen => screen.Line($"{Cell.Safe(id)} is {Cell.State(Cell.Status(letter))}."));
    }

    private static Command Edit(Runner runner)
    {
        var id = new Argument<string>("id") { Description = "The letter's message" };
        var payload = Limits.Text("--payload", "The new payload: JSON, @file or -; without it your $EDITOR opens", "json");
        var target = Limits.Text("--target", "Another downstream", "name");
        var reason = Limits.Text("--reason", "Why", "text");
        return runner.Make("edit", "Replay a letter with another payload; the original is kept", async session =>
        {
            var edited = session.Get(payload) is { } given ? await session.TextAsync(given) : await EditAsync(session, session.Get(id)!);
            await ReplayCommands.ReplayOneAsync(session, session.Get(id)!, edited.Trim(), session.Get(target), session.Get(reason));
        }, id, payload, target, reason);
    }

    private static async Task<string> EditAsync(Session session, string id)
    {
        if (!session.Around.InIsTerminal) throw CommandFailure.Usage("Give the new payload with --payload: there is no terminal to edit it at.");
        var letter = await session.Api.GetAsync(Query.Path(LetterCommands.Letters, id), session.Cancel);
        var before = Cell.Find(letter, "originalMessage.payload") is { } payload ? Screen.Text(payload, indented: true) : "null";
        var file = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"dlq-{Guid.NewGuid():N}.json"));
        try
        {
            // It may hold what others must not read.
            await WritePrivatelyAsync(file, before + "\n");
            await RunEditorAsync(session, file);
            var after = await File.ReadAllTextAsync(file, session.Cancel);
            return after.Trim() == before ? throw new CommandFailure(ExitCode.Failed, "The payload is as it was; nothing was sent. (dlq replay sends it unchanged.)") : after;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task WritePrivatelyAsync(string file, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var writer = new StreamWriter(file, options);
        await writer.WriteAsync(text);
    }

    private static async Task RunEditorAsync(Session session, string file)
    {
        var editor = session.Around.Variable("VISUAL") ?? session.Around.Variable("EDITOR") ?? (OperatingSystem.IsWindows() ? "notepad" : "vi");
        var words = editor.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        try
        {
            using var process = Process.Start(words[0], [.. words[1..], file]);
            await process.WaitForExitAsync(session.Cancel);
            if (process.ExitCode != 0) throw new CommandFailure(ExitCode.Failed, $"{editor} ended with {process.ExitCode}; nothing was sent.");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new CommandFailure(ExitCode.Failed, $"{editor} cannot be started: {error.Message} Set EDITOR, or give --payload.");
        }
    }
}
