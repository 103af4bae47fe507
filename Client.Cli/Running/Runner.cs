using System.CommandLine;
using DlqCluster.Cli.Output;

namespace DlqCluster.Cli.Running;

/// <summary>Makes commands, runs what they do, and turns how that ends into an exit code.</summary>
/// <param name="around">Where they run.</param>
internal sealed class Runner(Surroundings around)
{
    /// <summary>What every command may be given.</summary>
    public GlobalOptions Options { get; } = new();

    /// <summary>Makes a command.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does, in a line.</param>
    /// <param name="act">Does it.</param>
    /// <param name="symbols">Its arguments and options.</param>
    public Command Make(string name, string description, Func<Session, Task<ExitCode>> act, params IEnumerable<Symbol> symbols)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            switch (symbol)
            {
                case Argument argument: command.Add(argument); break;
                case Option option: command.Add(option); break;
                case Command inner: command.Add(inner); break;
            }
        }

        command.SetAction((parsed, cancel) => RunAsync(parsed, act, cancel));
        return command;
    }

    /// <summary>Makes a command whose success needs no word.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does, in a line.</param>
    /// <param name="act">Does it.</param>
    /// <param name="symbols">Its arguments and options.</param>
    public Command Make(string name, string description, Func<Session, Task> act, params IEnumerable<Symbol> symbols) =>
        Make(name, description, async session =>
        {
            await act(session);
            return ExitCode.Done;
        }, symbols);

    /// <summary>Tells how a command failed.</summary>
    /// <param name="failure">How.</param>
    /// <param name="json">Whether to tell it to a program.</param>
    public void Tell(CommandFailure failure, bool json)
    {
        if (json)
        {
            var told = new Body().Add("error", failure.Message).Add("exitCode", (double)failure.Code).Add("details", failure.Details).AddJson("problem", failure.Json);
            around.Error.WriteLine(told);
            return;
        }

        Complain("dlq: " + Cell.Clean(failure.Message));
        foreach (var detail in failure.Details) Complain("  " + Cell.Clean(detail));
    }

    // At a terminal no word is broken.
    private void Complain(string text)
    {
        var width = around.ErrorIsTerminal ? around.Width : int.MaxValue;
        while (text.Length > width && text.LastIndexOf(' ', width) is var end && end > text.Length - text.TrimStart().Length)
        {
            around.Error.WriteLine(text[..end]);
            text = "  " + text[(end + 1)..];
        }

        around.Error.WriteLine(text);
    }

    private async Task<int> RunAsync(ParseResult parsed, Func<Session, Task<ExitCode>> act, CancellationToken cancel)
    {
        using var session = new Session(parsed, Options, around, cancel);
        try
        {
            return (int)await act(session);
        }
        catch (CommandFailure failure)
        {
            Tell(failure, session.Screen.IsJson);
            return (int)failure.Code;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return (int)ExitCode.Interrupted;
        }
        catch (Exception error) when (Api.IsAbsence(error, cancel))
        {
            // The connection went while an answer was read.
            Tell(new CommandFailure(ExitCode.Unreachable, "The connection broke: " + error.GetBaseException().Message), session.Screen.IsJson);
            return (int)ExitCode.Unreachable;
        }
    }
}
