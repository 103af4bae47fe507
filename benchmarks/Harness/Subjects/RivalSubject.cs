namespace DlqCluster.Benchmarks.Subjects;

/// <summary>Express in front of Bull or BullMQ, on Redis with an append-only file.</summary>
/// <param name="name">Its name.</param>
/// <param name="place">Where it runs.</param>
/// <param name="queue"><c>bull</c> or <c>bullmq</c>.</param>
/// <param name="fsync">Redis' <c>appendfsync</c>.</param>
/// <param name="directory">Where its program is.</param>
internal sealed class RivalSubject(string name, Place place, string queue, string fsync, string directory) : Subject(name, place)
{
    /// <inheritdoc/>
    protected override string ReadyPath => "/ready";

    /// <inheritdoc/>
    protected override Task LaunchAsync((string Name, string Value)[] more)
    {
        LaunchRedis(fsync);
        Launch(
            "node",
            [Path.Combine(directory, "server.js")],
            ("NODE_ENV", "production"),
            ("QUEUE", queue),
            ("PORT", $"{Place.Port}"),
            ("REDIS_PORT", $"{Place.RedisPort}"),
            ("TARGET", Place.Target.AbsoluteUri),
            ("CONCURRENCY", $"{Concurrency}"));
        return Task.CompletedTask;
    }
}
