using System.CommandLine;
using System.Net.Http.Headers;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>export</c> and <c>import</c>: letters out and in, a line each.</summary>
internal static class TransferCommands
{
    private const string NdJson = "application/x-ndjson";
    private const string StandardStream = "-";
    private const int Chunk = 64 * 1024;

    /// <summary>Makes them.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        var filter = new LetterFilter();
        var output = Limits.Text("--output", "The file to write [standard output]", "path", "-o");
        yield return runner.Make(
            "export", "Write dead letters out as lines of JSON", session => ExportAsync(session, filter, session.Get(output) ?? StandardStream), [.. filter.All, output]);
        var file = new Argument<string>("file") { Description = "What an export wrote; - for what is piped in" };
        var reason = Limits.Text("--reason", "Why; it is kept with the letters");
        yield return runner.Make("import", "Take letters in that an export wrote; those that are there already stay as they are", session => ImportAsync(session, session.Get(file)!, session.Get(reason)), file, reason);
    }

    private static async Task ExportAsync(Session session, LetterFilter filter, string output)
    {
        var path = Query.With(LetterCommands.Letters + "/export", filter.Read(session));
        using var response = await session.Api.OpenAsync(HttpMethod.Get, path, null, session.Cancel);
        await using var from = await response.Content.ReadAsStreamAsync(session.Cancel);
        var letters = 0L;
        if (output == StandardStream)
        {
            await using var to = session.Around.OutBytes();
            letters = await CopyLinesAsync(from, to, static _ => { }, session.Cancel);
        }
        else
        {
            // Under another name until it is whole: what carries the name is complete.
            var partial = output + ".partial";
            await using (var to = Open(partial))
            {
                await Bar.RunAsync(session.Screen, "Exporting", null, async advance => letters = await CopyLinesAsync(from, to, advance, session.Cancel));
            }

            File.Move(partial, output, overwrite: true);
        }

        session.Screen.Remark($"{Cell.Count(letters, "letter")} exported.");
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Failed, $"{path} cannot be written: {error.Message}");
        }
    }

    private static async Task<long> CopyLinesAsync(Stream from, Stream to, Action<double> advance, CancellationToken cancel)
    {
        var buffer = new byte[Chunk];
        var lines = 0L;
        int read;
        while ((read = await from.ReadAsync(buffer, cancel)) > 0)
        {
            await to.WriteAsync(buffer.AsMemory(0, read), cancel);
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
            advance(read);
        }

        return lines;
    }

    private static async Task<ExitCode> ImportAsync(Session session, string file, string? reason)
    {
        System.Text.Json.JsonElement answer = default;
        var length = file == StandardStream ? (long?)null : File.Exists(file) ? new FileInfo(file).Length : throw new CommandFailure(ExitCode.Failed, $"There is no file '{file}'.");
        await Bar.RunAsync(session.Screen, "Importing", length, async advance =>
        {
            await using var from = file == StandardStream ? session.Around.In() : File.OpenRead(file);
            using var content = new StreamContent(new CountingStream(from, advance), Chunk);
            content.Headers.ContentType = new MediaTypeHeaderValue(NdJson);
            if (reason is not null) content.Headers.TryAddWithoutValidation("X-Reason", reason);
            using var response = await session.Api.OpenAsync(HttpMethod.Post, LetterCommands.Letters + "/import", content, session.Cancel);
            answer = await Api.ReadAsync(response, session.Cancel);
        });
        session.Screen.Show(answer, screen =>
        {
            screen.Line($"{Cell.Text(answer, "imported")} imported, {Cell.Text(answer, "unchanged")} there already, {Cell.Text(answer, "failed")} could not be taken.");
            foreach (var error in Cell.List(answer, "errors")) screen.Line($"line {Cell.Text(error, "line")}: [red]{Cell.Safe(Cell.Text(error, "error"))}[/]");
        });
        return Cell.Number(answer, "failed") == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
