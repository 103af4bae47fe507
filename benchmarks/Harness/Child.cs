using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace DlqCluster.Benchmarks;

/// <summary>A process that the harness has started, and will stop.</summary>
internal sealed class Child : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly string _name;

    private Child(string name, Process process)
    {
        _name = name;
        _process = process;
    }

    /// <summary>Its id.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it runs.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>Starts a program whose output goes to a file.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="log">The file.</param>
    /// <param name="program">The program.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="environment">What is added to the environment.</param>
    public static Child Start(
        string name, string log, string program, IEnumerable<string> args, params (string Name, string Value)[] environment)
    {
        var child = new Child(name, Create(program, args, environment));
        child._process.OutputDataReceived += (_, line) => Append(log, line.Data);
        child._process.ErrorDataReceived += (_, line) => Append(log, line.Data);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Starts a part of this program that takes orders.</summary>
    /// <param name="args">Which part.</param>
    public static Child StartAgent(params string[] args)
    {
        // Of these processes there is one each, and little garbage: workstation GC costs the others least.
        var child = new Child(args[0], Create("dotnet", [Own, .. args], ("DOTNET_gcServer", "0"), ("DOTNET_gcConcurrent", "0")));
        child._process.Start();
        child._process.ErrorDataReceived += static (_, line) => Console.Error.WriteLine(line.Data);
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>The program that is running.</summary>
    public static string Own => typeof(Child).Assembly.Location;

    /// <summary>Gives an order and waits for the answer.</summary>
    /// <param name="order">The order.</param>
    /// <param name="orderType">Its type.</param>
    /// <param name="reportType">The answer's type.</param>
    public async Task<TReport> AskAsync<TOrder, TReport>(TOrder order, JsonTypeInfo<TOrder> orderType, JsonTypeInfo<TReport> reportType)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(order, orderType));
        await _process.StandardInput.FlushAsync();
        var line = await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The {_name} has ended.");
        return JsonSerializer.Deserialize(line, reportType)!;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="program">The program.</param>
    /// <param name="args">Its arguments.</param>
    /// <returns>Whether it succeeded, and what it said.</returns>
    public static async Task<(bool Done, string Output)> RunAsync(string directory, string program, params string[] args)
    {
        using var process = Create(program, args);
        process.StartInfo.WorkingDirectory = directory;
        process.Start();
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode == 0, await output + await error);
    }

    /// <summary>Ends it as a power cut would.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A polite request first; for parts of the harness that is the end of their input.
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            using var terminate = Process.Start("kill", ["-TERM", Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            using var limit = new CancellationTokenSource(_patience);
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                await KillAsync();
            }
        }

        _process.Dispose();
    }

    private static Process Create(string program, IEnumerable<string> args, params (string Name, string Value)[] environment)
    {
        var info = new ProcessStartInfo(program, args) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) info.Environment[name] = value;
        return new Process { StartInfo = info };
    }

    private static void Append(string log, string? line)
    {
        if (line is null) return;
        lock (_logs) File.AppendAllText(log, line + Environment.NewLine);
    }

    private static readonly Lock _logs = new();
}
