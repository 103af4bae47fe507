using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using DlqCluster.Cli.Commands;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli;

/// <summary>The <c>dlq</c> command.</summary>
internal static class Tool
{
    private const string Description = """
        Durable delivery and its dead letters, from a terminal.

          dlq send '{"order":17}' --target shop     submit a message
          dlq list --error-type SERVER_ERROR        look at dead letters
          dlq replay --error-type SERVER_ERROR      send them again
          dlq watch                                 look on

        Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused, 5 unreachable or busy.
        Flags win over DLQ_URL, DLQ_API_KEY, DLQ_OPERATOR, these over ~/.config/dlq/config.json
        ({"url": "…", "key": "…", "operator": "…"}).
        """;

    // What begins with @ is a file with a payload, not one with more of the command line.
    private static readonly ParserConfiguration _parsing = new() { ResponseFileTokenReplacer = null };

    /// <summary>Runs a command line.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="around">Where.</param>
    /// <param name="cancel">Ends it early.</param>
    public static async Task<ExitCode> RunAsync(IReadOnlyList<string> args, Surroundings around, CancellationToken cancel = default)
    {
        var runner = new Runner(around);
        var parsed = Build(runner).Parse(args, _parsing);
        if (parsed.Action is ParseErrorAction) return TellUsage(runner, parsed);
        var invocation = new InvocationConfiguration { Output = around.Out, Error = around.Error, EnableDefaultExceptionHandler = false };
        return (ExitCode)await parsed.InvokeAsync(invocation, cancel);
    }

    /// <summary>All commands.</summary>
    /// <param name="runner">Makes them.</param>
    public static RootCommand Build(Runner runner)
    {
        var root = new RootCommand(Description);
        foreach (var option in runner.Options.All) root.Add(option);
        IEnumerable<Command> commands =
        [
            .. MessageCommands.Make(runner), .. LetterCommands.Make(runner), .. LetterActCommands.Make(runner), .. GroupCommands.Make(runner),
            .. ReplayCommands.Make(runner), .. ReplayJobCommands.Make(runner), .. TransferCommands.Make(runner), .. BreakerCommands.Make(runner),
            .. DownstreamCommands.Make(runner), .. LaneCommands.Make(runner), .. OperateCommands.Make(runner), .. KeyCommands.Make(runner), .. BackupCommands.Make(runner), .. HealthCommands.Make(runner),
            .. WatchCommand.Make(runner), .. LoadCommand.Make(runner), .. CompletionCommand.Make(runner),
        ];
        foreach (var command in commands) root.Add(command);
        return root;
    }

    private static ExitCode TellUsage(Runner runner, ParseResult parsed)
    {
        var words = new List<string>();
        for (var command = parsed.CommandResult; command is not null; command = command.Parent as CommandResult) words.Insert(0, command.Command.Name);
        words[0] = "dlq";
        // That a command is missing is said of a wrong one too, and of a wrong flag's value that it is wrong as well.
        var first = parsed.UnmatchedTokens.Select(token => parsed.Errors.FirstOrDefault(error => error.Message.Contains($"'{token}'", StringComparison.Ordinal))).OfType<ParseError>().FirstOrDefault();
        IEnumerable<ParseError> errors = first is null ? parsed.Errors : [first];
        var message = $"{string.Join(' ', errors.Select(error => error.Message))} See {string.Join(' ', words)} --help.";
        runner.Tell(CommandFailure.Usage(message), parsed.GetValue(runner.Options.Json));
        return ExitCode.Usage;
    }
}
