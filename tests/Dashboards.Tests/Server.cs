using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Dashboards.Tests;

/// <summary>A Prometheus or an Alertmanager on this machine.</summary>
internal sealed class Server : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly HttpClient _http;

    private Server(Process process, int port)
    {
        _process = process;
        Port = port;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Port { get; }

    /// <summary>Starts it, and waits until it is ready.</summary>
    public static async Task<Server> StartAsync(string name, Func<int, string[]> arguments)
    {
        var port = Tool.FreePort();
        var server = new Server(Tool.Start(name, arguments(port)), port);
        await Wait.UntilAsync(server.IsReadyAsync, static ready => ready, $"{name} is ready", TimeSpan.FromMinutes(1));
        return server;
    }

    /// <summary>How many series a query has at the moment.</summary>
    public async Task<int> CountAsync(string query)
    {
        using var answer = await GetAsync("/api/v1/query?query=" + Uri.EscapeDataString(query));
        return answer.RootElement.GetProperty("data").GetProperty("result").GetArrayLength();
    }

    public async Task<JsonDocument> GetAsync(string path)
    {
        var text = await _http.GetStringAsync(path);
        return JsonDocument.Parse(text);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        Assert.False(_process.HasExited, string.Join('\n', _output));
        try
        {
            using var answer = await _http.GetAsync("/-/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
