namespace DlqCluster.Cli.Running;

/// <summary>Ends a command with an exit code and a sentence.</summary>
/// <param name="code">The exit code.</param>
/// <param name="message">What to tell the user.</param>
internal sealed class CommandFailure(ExitCode code, string message) : Exception(message)
{
    /// <summary>The exit code.</summary>
    public ExitCode Code { get; } = code;

    /// <summary>What is wrong, field by field.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    /// <summary>The service's own words, when it was the service that refused.</summary>
    public string? Json { get; init; }

    /// <summary>A command line that makes no sense.</summary>
    /// <param name="message">What is wrong with it.</param>
    public static CommandFailure Usage(string message) => new(ExitCode.Usage, message);
}
