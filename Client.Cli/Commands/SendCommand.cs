using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>send</c>: submits a message, or a file of them.</summary>
internal static class SendCommand
{
    private const string NdJson = "application/x-ndjson";

    // The service's own limits of a batch, unless it is configured otherwise: 1,000 messages and 8 MiB.
    private const int BatchMessages = 500;
    private const int BatchBytes = 4 * 1024 * 1024;

    private static readonly string[] _priorities = ["low", "normal", "high", "critical"];

    /// <summary>Makes it.</summary>
    /// <param name="runner">The maker.</param>
    public static Command Make(Runner runner)
    {
        var options = new SendOptions();
        var command = runner.Make(
            "send", "Submit a message; the answer comes when it cannot be lost any more",
            session => session.Get(options.File) is { } file ? SendFileAsync(session, file) : SendOneAsync(session, options), options.All);
        command.Aliases.Add("submit");
        return command;
    }

    private static async Task<ExitCode> SendOneAsync(Session session, SendOptions options)
    {
        var given = session.Get(options.Payload) ?? throw CommandFailure.Usage("What is to be sent? Give the payload as JSON, as @file or as - for what is piped in; or --file.");
        var retry = new Body().Add("maxRetries", session.Get(options.MaxRetries)).Add("baseBackoffMs", session.Get(options.BaseBackoff));
        var body = new Body()
            .AddJson("payload", (await session.TextAsync(given)).Trim())
            .Add("target", session.Get(options.Target)).Add("clientMessageId", session.Get(options.Id)).Add("source", session.Get(options.Source))
            .Add("correlationId", session.Get(options.Correlation)).Add("priority", session.Get(options.Priority)).Add("tags", session.Get(options.Tags))
            .Add("orderingKey", session.Get(options.Ordering)).Add("delayMs", session.Get(options.Delay)).Add("deliverAt", When.Read(session.Get(options.At), session.Screen.Now, ahead: true))
            .Add("expiresAt", When.Read(session.Get(options.Expires), session.Screen.Now, ahead: true)).Add("retry", retry);
        var answer = await session.Api.PostAsync("api/messages", body.ToString(), session.Cancel);
        session.Screen.Show(answer, screen => screen.Line(
            $"{Cell.Safe(Cell.Text(answer, "messageId"))}  {Cell.State(Cell.Text(answer, "state"))}{(Cell.Text(answer, "idempotentHit") == "yes" ? "  [yellow]was there already[/]" : "")}"));
        return ExitCode.Done;
    }

    private static async Task<ExitCode> SendFileAsync(Session session, string file)
    {
        var (accepted, refused) = (0, 0);
        await Bar.RunAsync(session.Screen, "Sending", file == "-" ? null : Length(file), async advance =>
        {
            using var lines = new StreamReader(file == "-" ? session.Around.In() : File.OpenRead(file));
            var first = 0;
            while (await NextAsync(lines, session.Cancel) is { Count: > 0 } batch)
            {
                var answer = await PostAsync(session, batch);
                foreach (var item in Cell.List(answer))
                {
                    if (Cell.Number(item, "status") == 202) accepted++;
                    else refused++;
                    Tell(session.Screen, first, item);
                }

                first += batch.Count;
                advance(batch.Sum(line => Encoding.UTF8.GetByteCount(line) + 1));
            }
        });
        session.Screen.Remark(string.Create(CultureInfo.InvariantCulture, $"{accepted} accepted, {refused} refused."));
        return refused == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task<JsonElement> PostAsync(Session session, List<string> batch)
    {
        using var content = new StringContent(string.Join('\n', batch), Encoding.UTF8, NdJson);
        using var response = await session.Api.OpenAsync(HttpMethod.Post, "api/messages/batch", content, session.Cancel);
        return await Api.ReadAsync(response, session.Cancel);
    }

    private static long Length(string file) =>
        File.Exists(file) ? new FileInfo(file).Length : throw new CommandFailure(ExitCode.Failed, $"There is no file '{file}'.");

    private static async Task<List<string>> NextAsync(StreamReader lines, CancellationToken cancel)
    {
        var batch = new List<string>();
        for (var bytes = 0; batch.Count < BatchMessages && bytes < BatchBytes && await lines.ReadLineAsync(cancel) is { } line; bytes += line.Length)
        {
            if (!string.IsNullOrWhiteSpace(line)) batch.Add(line);
        }

        return batch;
    }

    private static void Tell(Screen screen, int first, JsonElement item)
    {
        if (screen.IsJson)
        {
            screen.JsonLine(item);
        }
        else if (Cell.Find(item, "error") is { } error)
        {
            var line = first + (int)Cell.Number(item, "index") + 1;
            screen.Line(string.Create(CultureInfo.InvariantCulture, $"message {line}: [red]{Cell.Safe(Cell.Text(error, "detail"))}[/]"));
        }
    }

    /// <summary>What a message may be given.</summary>
    private sealed class SendOptions
    {
        public Argument<string?> Payload { get; } = new("payload") { Description = "Any JSON; @file or - for what is piped in", Arity = ArgumentArity.ZeroOrOne };

        public Option<string?> Target { get; } = Limits.Text("--target", "The downstream [default]", "name");

        public Option<string?> Id { get; } = Limits.Text("--id", "Your id for it: a repeat with the same one is recognised", "id", "--idempotency-key");

        public Option<string?> Source { get; } = Limits.Text("--source", "Where it comes from", "name");

        public Option<string?> Correlation { get; } = Limits.Text("--correlation-id", "What it belongs to", "id");

        public Option<string?> Priority { get; } = Limits.OneOf("--priority", "How urgent it is [normal]", _priorities);

        public Option<string[]> Tags { get; } = new("--tag") { Description = "A label; may be repeated", HelpName = "label" };

        public Option<string?> Ordering { get; } = Limits.Text("--ordering-key", "Messages of one key are delivered in order", "key");

        public Option<long?> Delay { get; } = Limits.Optional("--delay-ms", "Not before so many milliseconds have passed", 0, long.MaxValue);

        public Option<string?> At { get; } = Limits.Text("--deliver-at", "Not before this time, or this long from now (5m, 2h)", "time");

        public Option<string?> Expires { get; } = Limits.Text("--expires-at", "Not from this time on, or this long from now", "time");

        public Option<long?> MaxRetries { get; } = Limits.Optional("--max-retries", "Retries after the first attempt", 0, 100);

        public Option<long?> BaseBackoff { get; } = Limits.Optional("--base-backoff-ms", "Backoff before the first retry", 1, 86_400_000);

        public Option<string?> File { get; } = Limits.Text("--file", "Submit a file with one message (as in the API) a line; - for what is piped in", "path");

        public IEnumerable<Symbol> All => [Payload, Target, Id, Source, Correlation, Priority, Tags, Ordering, Delay, At, Expires, MaxRetries, BaseBackoff, File];
    }
}
