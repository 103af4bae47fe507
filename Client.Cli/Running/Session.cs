using System.CommandLine;
using System.Text;
using DlqCluster.Cli.Output;

namespace DlqCluster.Cli.Running;

/// <summary>What a command works with: its command line, the service, the screen.</summary>
/// <param name="parsed">The command line.</param>
/// <param name="options">What every command line may have.</param>
/// <param name="around">Where it runs.</param>
/// <param name="cancel">Ctrl-C.</param>
internal sealed class Session(ParseResult parsed, GlobalOptions options, Surroundings around, CancellationToken cancel) : IDisposable
{
    private Api? _api;
    private Screen? _screen;

    /// <summary>The service.</summary>
    public Api Api => _api ??= new Api(
        Connection.Read(around, Get(options.Url), Get(options.Key), Get(options.Operator)),
        TimeSpan.FromSeconds(Get(options.Timeout)));

    /// <summary>The screen.</summary>
    public Screen Screen => _screen ??= new Screen(around, Get(options.Json), Get(options.NoColor));

    /// <summary>Where it runs.</summary>
    public Surroundings Around => around;

    /// <summary>Ctrl-C.</summary>
    public CancellationToken Cancel => cancel;

    /// <summary>An option's value.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="option">The option.</param>
    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    /// <summary>An argument's value.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="argument">The argument.</param>
    public T? Get<T>(Argument<T> argument) => parsed.GetValue(argument);

    /// <summary>Whether an option was given.</summary>
    /// <param name="option">The option.</param>
    public bool Has(Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>
    /// Asks before something is done to many. Where nobody can answer, <c>--yes</c> has to be said beforehand: a script must not wait for
    /// an answer, nor do by accident what it did not ask for.
    /// </summary>
    /// <param name="question">The question.</param>
    /// <param name="yes">Whether it was answered beforehand.</param>
    /// <exception cref="CommandFailure">The answer is no, or nobody can give one.</exception>
    public void Confirm(string question, bool yes)
    {
        if (yes) return;
        if (!around.InIsTerminal) throw CommandFailure.Usage($"{question} Say --yes: there is no terminal to ask at. (--dry-run only looks.)");
        around.Error.Write($"{question} [y/N] ");
        if (Console.ReadLine()?.Trim() is not ("y" or "Y" or "yes")) throw new CommandFailure(ExitCode.Failed, "Nothing was done.");
    }

    /// <summary>A text that is given as such, as <c>@file</c>, or as <c>-</c> for what is piped in.</summary>
    /// <param name="given">What was given.</param>
    public async Task<string> TextAsync(string given)
    {
        if (given != "-" && !given.StartsWith('@')) return given;
        try
        {
            using var reader = new StreamReader(given == "-" ? around.In() : File.OpenRead(given[1..]), new UTF8Encoding(false, true));
            return await reader.ReadToEndAsync(cancel);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new CommandFailure(ExitCode.Failed, $"{given} cannot be read: {error.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _api?.Dispose();
}
