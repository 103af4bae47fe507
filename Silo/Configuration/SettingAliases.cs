namespace DlqCluster.Silo.Configuration;

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

    /// <summary>All of them.</summary>
    public static IReadOnlyList<SettingAlias> All { get; } =
    [
        new("PORT", HttpSettings.PortKey),
        new("DATA_DIR", "Storage:DataDirectory"),
        new("REDIS_URI", "Redis:ConnectionString"),
        new("MONGODB_URI", "Mongo:ConnectionString"),
        new("ADMIN_TOKEN", "Security:AdminToken"),
        new("LOG_LEVEL", "Logging:LogLevel:Default") { Translate = level => _levels.GetValueOrDefault(level, level) },
        new("LOG_FORMAT", "Logging:Format"),
        new("MAX_RETRIES", "Retry:MaxRetries"),
        new("STREAM_PARTITIONS", "Partitions:Count"),
        new("BASE_BACKOFF_MS", "Retry:BaseBackoffMs"),
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
}

/// <summary>A short name of a setting.</summary>
/// <param name="Name">The environment variable.</param>
/// <param name="Setting">The setting.</param>
internal sealed record SettingAlias(string Name, string Setting)
{
    /// <summary>Turns the value into one that the setting understands.</summary>
    public Func<string, string>? Translate { get; init; }
}
