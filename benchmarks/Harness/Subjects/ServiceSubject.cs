using System.Globalization;

namespace DlqCluster.Benchmarks.Subjects;

/// <summary>Our service on the embedded engine, or on Orleans with one silo.</summary>
/// <param name="name">Its name.</param>
/// <param name="place">Where it runs.</param>
/// <param name="program">The built program.</param>
/// <param name="redis">Whether it keeps its data in Redis, with letters in SQLite; else all of it is in SQLite.</param>
internal sealed class ServiceSubject(string name, Place place, string program, bool redis = false) : Subject(name, place)
{
    private const string Allocated = "dotnet_gc_heap_total_allocated_bytes_total ";

    /// <summary>More settings.</summary>
    public IReadOnlyList<(string Name, string Value)> Set { get; init; } = [];

    /// <inheritdoc/>
    public override bool IsService => true;

    /// <inheritdoc/>
    protected override string ReadyPath => "/api/health/ready";

    /// <inheritdoc/>
    public override async Task<double?> AllocatedBytesAsync()
    {
        var metrics = await Http.GetStringAsync("/metrics");
        var line = metrics.Split('\n').FirstOrDefault(static line => line.StartsWith(Allocated, StringComparison.Ordinal));
        return line is null ? null : double.Parse(line[Allocated.Length..], CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    protected override Task LaunchAsync((string Name, string Value)[] more)
    {
        (string, string)[] stores = [];
        if (redis)
        {
            LaunchRedis("everysec");
            stores = [("REDIS_URI", $"127.0.0.1:{Place.RedisPort}"), ("Storage__Letters", "sqlite")];
        }

        Launch(
            "dotnet",
            [program, .. redis ? ["--api"] : Array.Empty<string>()],
            [
                ("PORT", Place.Port.ToString(CultureInfo.InvariantCulture)),
                ("DATA_DIR", Path.Combine(Place.Directory, "data")),
                ("LOG_LEVEL", "warn"),
                ("Queue__MaxSize", "10000000"),
                ("Downstreams__default__Kind", "http"),
                ("Downstreams__default__Url", Place.Target.AbsoluteUri),
                ("Downstreams__default__MaxConcurrency", Concurrency.ToString(CultureInfo.InvariantCulture)),
                ("Downstreams__refusing__Kind", "simulated"),
                .. stores,
                .. Set,
                .. more,
            ]);
        return Task.CompletedTask;
    }
}
