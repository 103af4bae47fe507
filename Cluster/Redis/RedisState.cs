using System.Globalization;

namespace DlqCluster.Cluster.Redis;

/// <summary>What a Redis server says of its durability, as INFO and CONFIG GET tell it.</summary>
internal sealed record RedisState
{
    private const string Ok = "ok";

    /// <summary>Whether it keeps an append-only file; null when it does not say.</summary>
    public bool? AppendOnly { get; init; }

    /// <summary>When it brings that file to disk: <c>always</c>, <c>everysec</c> or <c>no</c>; null when it does not say.</summary>
    public string? AppendFsync { get; init; }

    /// <summary>Whether the last write to that file succeeded.</summary>
    public bool AppendWorks { get; init; } = true;

    /// <summary>The most memory it may use, in bytes; 0 for no limit of its own.</summary>
    public long MaxMemory { get; init; }

    /// <summary>What it does when that is reached; <c>noeviction</c> to refuse writes.</summary>
    public string MaxMemoryPolicy { get; init; } = "noeviction";

    /// <summary>How long what was acknowledged survives, in words.</summary>
    public string Durability => (AppendOnly, AppendFsync) switch
    {
        (false, _) => "no append-only file: a restart loses what was acknowledged since the last snapshot",
        (true, "always") => "append-only file, appendfsync always: a power cut loses nothing",
        (true, "everysec") => "append-only file, appendfsync everysec: a power cut loses up to a second",
        (true, "no") => "append-only file, appendfsync no: a power cut loses what the operating system had not written",
        (true, _) => "append-only file; when it is brought to disk the server does not say",
        _ => "the server does not say whether it keeps an append-only file",
    };

    /// <summary>Reads the text of INFO, and the pairs of CONFIG GET where the server gives them.</summary>
    /// <param name="info">Lines of <c>name:value</c>.</param>
    /// <param name="config">Name, value, name, value; may be empty.</param>
    public static RedisState Read(string info, IReadOnlyList<string> config)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in info.Split('\n', StringSplitOptions.TrimEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0) values[line[..colon]] = line[(colon + 1)..];
        }

        for (var i = 0; i + 1 < config.Count; i += 2) values[config[i]] = config[i + 1];
        return new RedisState
        {
            AppendOnly = values.TryGetValue("aof_enabled", out var enabled) ? enabled == "1" : null,
            AppendFsync = values.GetValueOrDefault("appendfsync"),
            AppendWorks = values.GetValueOrDefault("aof_last_write_status", Ok) == Ok,
            MaxMemory = long.TryParse(values.GetValueOrDefault("maxmemory"), CultureInfo.InvariantCulture, out var bytes) ? bytes : 0,
            MaxMemoryPolicy = values.GetValueOrDefault("maxmemory_policy", "noeviction"),
        };
    }

    /// <summary>What of this puts data at risk, and what to do about it; null when nothing does.</summary>
    /// <param name="endpoint">The server.</param>
    /// <param name="requireAppendOnly">Whether it must keep an append-only file.</param>
    public string? Trouble(string endpoint, bool requireAppendOnly)
    {
        if (requireAppendOnly && AppendOnly == false)
        {
            return $"Redis at {endpoint} keeps no append-only file, so it forgets what was acknowledged when it restarts: set appendonly "
                + "yes there, or Redis:RequireAppendOnly to false here if it is durable by other means.";
        }

        if (!AppendWorks) return $"Redis at {endpoint} could not write its append-only file: look at its disk's free space and at its log.";
        // Our keys never expire, so only the policies that take any key are a danger.
        if (MaxMemory > 0 && MaxMemoryPolicy.StartsWith("allkeys", StringComparison.Ordinal))
        {
            return $"Redis at {endpoint} throws data away when its memory is full (maxmemory-policy {MaxMemoryPolicy}): set noeviction.";
        }

        return null;
    }
}
