using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DlqCluster.Cluster.Tests.Redis;

/// <summary>A real redis-server on a free port of this machine, with a directory of its own that goes with it.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private const string Program = "redis-server";
    private const int Attempts = 300;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    private readonly string[] _settings;
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"dlq-redis-{Guid.NewGuid():N}");
    private Process? _process;

    public RedisServer(params string[] settings)
    {
        _settings = settings;
        Directory.CreateDirectory(_directory);
        Port = FreePort();
    }

    public static bool IsInstalled { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Any(directory => File.Exists(Path.Combine(directory, Program)));

    public int Port { get; }

    public string ConnectionString => $"127.0.0.1:{Port}";

    /// <summary>Skips the test when there is no redis-server.</summary>
    public static void Need() => Assert.SkipUnless(IsInstalled, "redis-server is not installed (Debian: apt-get install redis-server).");

    public static async Task<RedisServer> StartNewAsync(params string[] settings)
    {
        var server = new RedisServer(settings);
        await server.StartAsync();
        return server;
    }

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async Task StartAsync()
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments =
        [
            "--port", $"{Port}", "--bind", "127.0.0.1", "--dir", _directory, "--save", "", "--appendonly", "yes", .. _settings,
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await AnswersAsync()) return;
            await Task.Delay(_pause);
        }

        throw new InvalidOperationException($"{Program} did not start on port {Port}.");
    }

    /// <summary>Ends it at once, as a crash does.</summary>
    public async Task KillAsync()
    {
        if (_process is null) return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Lets it hang: it takes connections and answers nothing.</summary>
    public void Freeze() => Signal("STOP");

    public void Thaw() => Signal("CONT");

    /// <summary>Sends a command past the client under test.</summary>
    public async Task<string> CommandAsync(params string[] words)
    {
        using var client = await ConnectAsync();
        return await CommandAsync(client, words);
    }

    /// <summary>Starts to listen to all that it is asked to do, from now on.</summary>
    public async Task<RedisMonitor> MonitorAsync()
    {
        var client = await ConnectAsync();
        await CommandAsync(client, "MONITOR");
        return new RedisMonitor(client);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task<string> CommandAsync(TcpClient client, params string[] words)
    {
        var request = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
        foreach (var word in words) request.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request.ToString()));
        var answer = new byte[64 * 1024];
        var length = await stream.ReadAsync(answer);
        return Encoding.UTF8.GetString(answer, 0, length);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            return (await CommandAsync("PING")).StartsWith("+PONG", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            return false;
        }
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        return client;
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process!.Id}"]);
        kill.WaitForExit();
    }
}
