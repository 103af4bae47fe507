using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Deploy.Tests;

/// <summary>An image's files, laid out by its Dockerfile without Docker, and run as the container would run them.</summary>
internal sealed class Image(string name, string directory)
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
    }

    public async Task BuildAsync()
    {
        var ended = await Tool.RunAsync(_script, ["build", name, directory, "--reuse", Configuration]);
        Assert.True(ended.Code == 0, ended.ToString());
    }

    public Task<Ended> HealthAsync(params (string Name, string Value)[] environment) => Tool.RunAsync(_script, ["health", name, directory, .. Texts(environment)]);

    /// <summary>Runs it until it ends by itself.</summary>
    public Task<Ended> RunAsync(params (string Name, string Value)[] environment) => Tool.RunAsync(_script, ["run", name, directory, .. Texts(environment)]);

    public Container Start(params (string Name, string Value)[] environment) => new(Tool.Start(_script, ["run", name, directory, .. Texts(environment)]));

    private static IEnumerable<string> Texts((string Name, string Value)[] environment) => environment.Select(variable => $"{variable.Name}={variable.Value}");
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
