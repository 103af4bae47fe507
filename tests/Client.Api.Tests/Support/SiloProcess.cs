using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace DlqCluster.Api.Tests.Support;

/// <summary>The built program, started as a user starts it.</summary>
internal sealed partial class SiloProcess : IAsyncDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private SiloProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
    }

    public ApiClient Api { get; private set; } = null!;

    public string Output => string.Join('\n', _output);

    /// <summary>From the first logged error on; empty without one.</summary>
    public string Errors => string.Join('\n', _output.SkipWhile(static line => !line.Contains("fail:", StringComparison.Ordinal)));

    public int ExitCode => _process.ExitCode;

    public bool IsRunning => !_process.HasExited;

    /// <summary>Starts it, and waits until it says where it listens.</summary>
    public static async Task<SiloProcess> StartAsync(string dataDirectory, params (string Name, string Value)[] environment)
    {
        var silo = Start([("PORT", "0"), ("DATA_DIR", dataDirectory), .. environment]);
        try
        {
            await Wait.UntilAsync(() => silo._process.HasExited || silo.Address() is not null, "the silo says where it listens", _startLimit);
            silo.Api = new ApiClient(new Uri(silo.Address() ?? throw new InvalidOperationException("It did not start: " + silo.Output)));
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it, and waits until it has ended by itself.</summary>
    public static async Task<SiloProcess> RunAsync(params (string Name, string Value)[] environment)
    {
        var silo = Start(environment);
        using var limit = new CancellationTokenSource(_startLimit);
        await silo._process.WaitForExitAsync(limit.Token);
        return silo;
    }

    /// <summary>Ends it as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to stop, and waits until it has.</summary>
    public async Task<int> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        using var limit = new CancellationTokenSource(_stopLimit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        Api?.Dispose();
        _process.Dispose();
    }

    private static SiloProcess Start((string Name, string Value)[] environment)
    {
        var info = new ProcessStartInfo(Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet", [Program()])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in new[] { "PORT", "DATA_DIR", "ADMIN_TOKEN", "LOG_LEVEL", "LOG_FORMAT", "MAX_RETRIES", "BASE_BACKOFF_MS", "REDIS_URI", "MONGODB_URI", "CB_FAILURE_THRESHOLD", "DLQ_RETENTION_DAYS", "STREAM_PARTITIONS", "ENABLE_STREAM_CONSUMERS" }) info.Environment.Remove(name);
        foreach (var (name, value) in environment)
        {
            if (name == "PWD") info.WorkingDirectory = value;
            else info.Environment[name] = value;
        }

        var silo = new SiloProcess(new Process { StartInfo = info });
        silo._process.Start();
        silo._process.BeginOutputReadLine();
        silo._process.BeginErrorReadLine();
        return silo;
    }

    // Beside this project's output lies that of the program, of the same configuration and engine.
    private static string Program()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var path = Path.Combine(own.Parent!.Parent!.FullName, "Silo", own.Name, "DlqCluster.Silo.dll");
        return File.Exists(path) ? path : throw new FileNotFoundException("Build the Silo project first.", path);
    }

    private string? Address() => _output.Select(line => Listens().Match(line)).FirstOrDefault(match => match.Success)?.Groups[1].Value;

    private void Keep(string? line)
    {
        if (line is not null) _output.Enqueue(line);
    }

    [GeneratedRegex("listens on (http://[^ ]+)")]
    private static partial Regex Listens();
}
