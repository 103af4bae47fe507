using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Deploy.Tests;

/// <summary>An image's files, laid out by its Dockerfile without Docker, and run as the container would run them.</summary>
/// <param name="name">The image.</param>
/// <param name="directory">Where its files are laid out.</param>
/// <param name="volume">What is mounted as its data; unless given, a directory of its own for an image that has a volume, and nothing for others.</param>
internal sealed class Image(string name, string directory, string? volume = null)
{
    private static readonly string _script = Path.Combine(Tool.Root, "docker/without-docker.sh");

    // The tests were built with the same configuration as what they take.
    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Name is "release" ? "Release" : "Debug";

    public string Files => Path.Combine(directory, "root");

    public string Data => Path.Combine(directory, "data");

    /// <summary>Skips the test where containers cannot be imitated.</summary>
    public static async Task NeedAsync()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can become an image's user.");
        Assert.SkipUnless((await Tool.RunAsync("unshare", ["--mount", "true"])).Code == 0, "This machine gives no process a file system of its own.");
        // By the default engine, as in each image.
        var tool = Path.Combine(Tool.Root, "artifacts/Embedded/bin/Client.Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "dlq.dll");
        Assert.SkipUnless(File.Exists(tool), "The dlq command is not built: dotnet build Client.Cli.");
    }

    public async Task BuildAsync()
    {
        var ended = await Tool.RunAsync(_script, ["build", name, directory, "--reuse", Configuration]);
        Assert.True(ended.Code == 0, ended.ToString());
    }

    public Task<Ended> HealthAsync(params (string Name, string Value)[] environment) => Tool.RunAsync(_script, Arguments("health", environment), Volume());

    /// <summary>Runs it until it ends by itself.</summary>
    public Task<Ended> RunAsync(params (string Name, string Value)[] environment) => Tool.RunAsync(_script, Arguments("run", environment), Volume());

    public Container Start(params (string Name, string Value)[] environment) => new(Tool.Start(_script, Arguments("run", environment), Volume()));

    private string[] Arguments(string act, (string Name, string Value)[] environment) => [act, name, directory, .. environment.Select(variable => $"{variable.Name}={variable.Value}")];

    private (string Name, string Value)[] Volume() => volume is null ? [] : [("VOLUME", volume)];
}

/// <summary>A process that runs as a container would.</summary>
internal sealed class Container : IAsyncDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    public Container(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output => string.Join('\n', _output);

    /// <summary>What the kernel says of it: a file below /proc/PID.</summary>
    public string[] Kernel(string file) => File.ReadAllLines($"/proc/{_process.Id}/{file}");

    /// <summary>A path of its own file system, seen from here.</summary>
    public string Inside(string path) => $"/proc/{_process.Id}/root{path}";

    public async Task UntilItListensAsync()
    {
        await Wait.UntilAsync(() => _process.HasExited || Output.Contains(" listens on ", StringComparison.Ordinal), "it says where it listens", _startLimit);
        Assert.False(_process.HasExited, Output);
    }

    /// <summary>Checks that it has neither privileges nor places to write to, but for those given, and neither a shell nor anything else to run.</summary>
    public void MayDoNothingBut(params string[] writable)
    {
        var status = Kernel("status").Select(line => line.Split(':', 2)).ToDictionary(parts => parts[0], parts => parts[1].Trim());
        Assert.Equal("1654\t1654\t1654\t1654", status["Uid"]);
        Assert.Equal("1654\t1654\t1654\t1654", status["Gid"]);
        Assert.Equal("", status["Groups"]);
        Assert.Equal("0000000000000000", status["CapEff"]);
        Assert.Equal("1", status["NoNewPrivs"]);
        var mounts = Kernel("mountinfo").Select(line => line.Split(' ')).Where(parts => !parts[4].StartsWith("/proc", StringComparison.Ordinal) && !parts[4].StartsWith("/dev/", StringComparison.Ordinal));
        var found = mounts.Where(parts => parts[5].Split(',').Contains("rw")).Select(parts => parts[4]).Where(path => !path.StartsWith("/etc/", StringComparison.Ordinal));
        Assert.Equal(writable, found);
        Assert.Equal(["dotnet"], Directory.GetFileSystemEntries(Inside("/usr/bin")).Select(Path.GetFileName));
    }

    /// <summary>Asks it to stop, as Docker and Kubernetes do, and waits until it has.</summary>
    public async Task<int> StopAsync()
    {
        using var signal = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        using var limit = new CancellationTokenSource(_stopLimit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
