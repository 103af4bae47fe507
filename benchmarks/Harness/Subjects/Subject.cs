using System.Net;

namespace DlqCluster.Benchmarks.Subjects;

/// <summary>What a subject is started with.</summary>
/// <param name="Port">Where it listens.</param>
/// <param name="RedisPort">Where its Redis listens, if it has one.</param>
/// <param name="Directory">Where its data lies.</param>
/// <param name="Target">The downstream.</param>
internal sealed record Place(int Port, int RedisPort, string Directory, Uri Target);

/// <summary>A system that is measured: accepts messages over HTTP and delivers them to the receiver.</summary>
internal abstract class Subject(string name, Place place) : IAsyncDisposable
{
    /// <summary>Deliveries that may be under way at once: the same for all.</summary>
    protected const int Concurrency = 64;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly List<Child> _processes = [];

    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>Where it is.</summary>
    public Place Place { get; } = place;

    /// <summary>Whether it is our service, which can do more than accept and deliver.</summary>
    public virtual bool IsService => false;

    /// <summary>Whether it knows a later time of delivery.</summary>
    public virtual bool HasSchedules => true;

    /// <summary>Whether what it has accepted survives its being killed.</summary>
    public virtual bool Recovers => true;

    /// <summary>A client for what is not measured by the load generator.</summary>
    public HttpClient Http { get; } = new() { BaseAddress = new Uri($"http://127.0.0.1:{place.Port}"), Timeout = TimeSpan.FromMinutes(10) };

    /// <summary>Where it says whether it is ready.</summary>
    protected abstract string ReadyPath { get; }

    /// <summary>Whether it runs.</summary>
    public bool IsRunning => _processes.Count > 0;

    /// <summary>CPU time so far of all its processes, in seconds.</summary>
    public double CpuSeconds() => _processes.Sum(static process => Machine.CpuSeconds(process.Id));

    /// <summary>Memory of all its processes, in MiB.</summary>
    public double ResidentMb() => _processes.Sum(static process => Machine.ResidentMb(process.Id));

    /// <summary>The most memory that its processes have had so far, each by itself, in MiB.</summary>
    public double PeakMb() => _processes.Sum(static process => Machine.PeakMb(process.Id));

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <param name="more">More settings.</param>
    public async Task StartAsync(params (string Name, string Value)[] more)
    {
        Directory.CreateDirectory(Place.Directory);
        await LaunchAsync(more);
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!await IsReadyAsync())
        {
            if (System.Diagnostics.Stopwatch.GetElapsedTime(since) > _patience || _processes.Exists(static process => !process.IsRunning))
                throw new InvalidOperationException($"{Name} does not start: see {Place.Directory}.log");
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    /// <summary>Bytes allocated so far by managed code; null where that cannot be asked.</summary>
    public virtual Task<double?> AllocatedBytesAsync() => Task.FromResult<double?>(null);

    /// <summary>Asks it to do something.</summary>
    /// <param name="path">What.</param>
    public async Task PostAsync(string path)
    {
        using var response = await Http.PostAsync(path, null);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>How long an answer takes, to its last byte, in milliseconds.</summary>
    /// <param name="path">What is read.</param>
    public async Task<float> TimeGetAsync(string path)
    {
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        using var response = await Http.GetAsync(path);
        var elapsed = (float)System.Diagnostics.Stopwatch.GetElapsedTime(since).TotalMilliseconds;
        return response.IsSuccessStatusCode ? elapsed : throw new InvalidOperationException($"{path}: {await response.Content.ReadAsStringAsync()}");
    }

    /// <summary>Ends the part that accepts and delivers as a power cut would; its store lives on if it is a server of its own.</summary>
    public async Task KillAsync()
    {
        var last = _processes[^1];
        _processes.Remove(last);
        await last.KillAsync();
        await last.DisposeAsync();
    }

    /// <summary>Stops it, and forgets its data.</summary>
    public async Task StopAsync()
    {
        for (var i = _processes.Count - 1; i >= 0; i--) await _processes[i].DisposeAsync();
        _processes.Clear();
        if (Directory.Exists(Place.Directory)) Directory.Delete(Place.Directory, recursive: true);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Http.Dispose();
    }

    /// <summary>Starts its processes, that which accepts and delivers last.</summary>
    /// <param name="more">More settings.</param>
    protected abstract Task LaunchAsync((string Name, string Value)[] more);

    /// <summary>Starts a process of it.</summary>
    protected void Launch(string program, IEnumerable<string> args, params (string Name, string Value)[] environment) =>
        _processes.Add(Child.Start(Name, Place.Directory + ".log", program, args, environment));

    /// <summary>Starts Redis with an append-only file, unless it runs.</summary>
    /// <param name="fsync"><c>everysec</c> or <c>always</c>.</param>
    protected void LaunchRedis(string fsync)
    {
        if (IsRunning) return;
        Launch(
            "redis-server",
            ["--port", $"{Place.RedisPort}", "--bind", "127.0.0.1", "--dir", Place.Directory, "--save", "", "--appendonly", "yes", "--appendfsync", fsync]);
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var response = await Http.GetAsync(ReadyPath);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
