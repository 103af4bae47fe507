namespace DlqCluster.Cli.Running;

/// <summary>Where the command runs: its streams, its terminal, its environment. Tests bring their own.</summary>
internal sealed record Surroundings
{
    private const int LeastWidth = 40;

    // Of a terminal that does not say.
    private const int UsualWidth = 80;

    /// <summary>Where answers go.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Where progress, questions and complaints go.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>What is piped in.</summary>
    public required Func<Stream> In { get; init; }

    /// <summary>Where raw bytes of an answer go.</summary>
    public required Func<Stream> OutBytes { get; init; }

    /// <summary>Reads an environment variable; null and empty are the same.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>Whether answers go to a terminal.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether complaints and progress go to a terminal.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether somebody can answer questions.</summary>
    public bool InIsTerminal { get; init; }

    /// <summary>Columns of the terminal.</summary>
    public int Width { get; init; } = int.MaxValue;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The user's configuration file.</summary>
    public string ConfigurationFile => Path.Combine(ConfigurationHome, "dlq", "config.json");

    private string ConfigurationHome => Variable("XDG_CONFIG_HOME")
        ?? Path.Combine(Variable("HOME") ?? System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".config");

    /// <summary>Those of this process.</summary>
    public static Surroundings OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        In = Console.OpenStandardInput,
        OutBytes = Console.OpenStandardOutput,
        Environment = System.Environment.GetEnvironmentVariable,
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        InIsTerminal = !Console.IsInputRedirected && !Console.IsErrorRedirected,
        Width = Console.IsOutputRedirected ? int.MaxValue : Console.WindowWidth > 0 ? Math.Max(LeastWidth, Console.WindowWidth) : UsualWidth,
    };

    /// <summary>An environment variable that says something.</summary>
    /// <param name="name">Its name.</param>
    public string? Variable(string name) => Environment(name) is { Length: > 0 } value ? value : null;
}
