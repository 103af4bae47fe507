using System.CommandLine;

namespace DlqCluster.Cli.Running;

/// <summary>Options that every command has.</summary>
internal sealed class GlobalOptions
{
    private const int LongestTimeoutSeconds = 86_400;

    /// <summary>The service's address.</summary>
    public Option<string?> Url { get; } = new("--url") { Description = $"The service [DLQ_URL; {Connection.DefaultAddress}]", HelpName = "address", Recursive = true };

    /// <summary>The credential.</summary>
    public Option<string?> Key { get; } = new("--key") { Description = "API key or admin token [DLQ_API_KEY]", HelpName = "key", Recursive = true };

    /// <summary>Who acts.</summary>
    public Option<string?> Operator { get; } = new("--operator") { Description = "Your name in the audit log [DLQ_OPERATOR; your login]", HelpName = "name", Recursive = true };

    /// <summary>JSON instead of tables.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "JSON instead of tables", Recursive = true };

    /// <summary>No colours.</summary>
    public Option<bool> NoColor { get; } = new("--no-color") { Description = "No colours [NO_COLOR]", Recursive = true };

    /// <summary>How long an answer may take to begin, in seconds.</summary>
    public Option<int> Timeout { get; } = Limits.Number("--timeout", "Seconds that an answer may take to begin", 1, LongestTimeoutSeconds, 100, recursive: true);

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Url, Key, Operator, Json, NoColor, Timeout];
}
