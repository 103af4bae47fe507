using System.Globalization;

namespace DlqCluster.Api.Settings;

/// <summary>Short names of settings in the environment.</summary>
internal static class SettingAliases
{
    private static readonly Dictionary<string, string> _levels = new(StringComparer.OrdinalIgnoreCase)
    {
        ["verbose"] = nameof(LogLevel.Trace),
        ["info"] = nameof(LogLevel.Information),
        ["warn"] = nameof(LogLevel.Warning),
        ["fatal"] = nameof(LogLevel.Critical),
        ["silent"] = nameof(LogLevel.None),
    };

    private const string Breaker = "Downstreams:default:Breaker:";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<SettingAlias> All { get; } =
    [
        new("PORT", "Http:Port"),
        new("DATA_DIR", "Storage:DataDirectory"),
        new("REDIS_URI", "Redis:ConnectionString"),
        new("MONGODB_URI", "Mongo:ConnectionString"),
        new("ADMIN_TOKEN", "Security:AdminToken"),
        new("LOG_LEVEL", "Logging:LogLevel:Default") { Translate = level => _levels.GetValueOrDefault(level, level) },
        new("LOG_FORMAT", "Logging:Format"),
        new("MAX_RETRIES", "Retry:MaxRetries"),
        new("STREAM_PARTITIONS", "Partitions:Count"),
        new("BASE_BACKOFF_MS", "Retry:BaseBackoffMs"),
        new("CB_FAILURE_THRESHOLD", Breaker + "FailureRatio") { Translate = FromPercent },
        new("CB_TIME_WINDOW_MS", Breaker + "WindowMs"),
        new("CB_OPEN_TIMEOUT_MS", Breaker + "OpenMs"),
        new("DLQ_POLL_INTERVAL_MS", "Dlq:PollIntervalMs"),
        new("DLQ_BATCH_SIZE", "Dlq:BatchSize"),
        new("DLQ_MAX_RETRIES", "Dlq:MaxReplays"),
        new("DLQ_RETENTION_DAYS", "Dlq:FailedRetention") { Translate = static days => days.All(char.IsAsciiDigit) ? days + ".00:00:00" : days },
        new("DLQ_MAX_QUEUE_SIZE", "Dlq:MaxSize"),
        new("ENABLE_STREAM_CONSUMERS", "Delivery:Enabled") { Translate = static word => word is "1" or "0" ? (word is "1").ToString() : word },
    ];

    /// <summary>The settings that the environment gives by their short names. An empty value is none.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Read()
    {
        foreach (var alias in All)
        {
            if (Environment.GetEnvironmentVariable(alias.Name) is { Length: > 0 } value)
                yield return new(alias.Setting, alias.Translate?.Invoke(value) ?? value);
        }
    }

    /// <summary>The short name that gave a setting; null when none did.</summary>
    /// <param name="setting">The setting.</param>
    public static string? Of(string setting) => All.FirstOrDefault(alias =>
        alias.Setting.Equals(setting, StringComparison.OrdinalIgnoreCase) && !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(alias.Name)))?.Name;

    /// <summary>Adds to a text that names settings the short names that gave them.</summary>
    /// <param name="text">The text.</param>
    public static string Name(string text)
    {
        foreach (var alias in All)
        {
            var given = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(alias.Name));
            if (given && !text.Contains(alias.Name, StringComparison.Ordinal))
                text = text.Replace(alias.Setting, $"{alias.Setting} ({alias.Name})", StringComparison.Ordinal);
        }

        return text;
    }

    // Ratios were given as 0.5 and as 50.
    private static string FromPercent(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var ratio) && ratio is > 1 and <= 100
            ? (ratio / 100).ToString(CultureInfo.InvariantCulture)
            : value;
}

/// <summary>A short name of a setting.</summary>
/// <param name="Name">The environment variable.</param>
/// <param name="Setting">The setting.</param>
internal sealed record SettingAlias(string Name, string Setting)
{
    /// <summary>Turns the value into one that the setting understands.</summary>
    public Func<string, string>? Translate { get; init; }
}
