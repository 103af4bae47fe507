using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DlqCluster.Api.Tests.Support;

/// <summary>One request that a receiver got.</summary>
/// <param name="Id">The message's id.</param>
/// <param name="Sequence">The number in its payload.</param>
/// <param name="Status">What was answered; 0 for nothing.</param>
/// <param name="ArrivedAt">When it came, as a <see cref="Stopwatch"/> timestamp.</param>
/// <param name="AnsweredAt">When it was answered.</param>
internal sealed record Receipt(string Id, int Sequence, int Status, long ArrivedAt, long AnsweredAt);

/// <summary>A downstream that counts.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private const int KeptBodies = 10;

    private readonly ConcurrentQueue<Receipt> _receipts = new();
    private readonly ConcurrentQueue<string> _bodies = new();
    private readonly ConcurrentDictionary<string, int> _accepted = new(StringComparer.Ordinal);
    private readonly Func<Receipt, HttpContext, Task<int>> _answer;
    private WebApplication? _app;
    private int _port;

    private Receiver(Func<Receipt, HttpContext, Task<int>> answer) => _answer = answer;

    public string Url => $"http://127.0.0.1:{_port}/hook";

    public IReadOnlyCollection<Receipt> Receipts => _receipts;

    /// <summary>The first bodies.</summary>
    public IReadOnlyCollection<string> Bodies => _bodies;

    /// <summary>How many messages it has taken at least once.</summary>
    public int Distinct => _accepted.Count;

    /// <summary>What a silo needs to deliver here.</summary>
    public (string, string)[] Environment => [("Downstreams__default__Kind", "http"), ("Downstreams__default__Url", Url)];

    public static Task<Receiver> StartAsync() => StartAsync((_, _) => Task.FromResult(200));

    public static async Task<Receiver> StartAsync(Func<Receipt, HttpContext, Task<int>> answer)
    {
        var receiver = new Receiver(answer);
        await receiver.ResumeAsync();
        return receiver;
    }

    public bool Has(string id) => _accepted.ContainsKey(id);

    /// <summary>Goes away: connections are refused.</summary>
    public async Task GoAwayAsync()
    {
        await _app!.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    /// <summary>Comes back where it was.</summary>
    public async Task ResumeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port));
        _app = builder.Build();
        _app.MapPost("/hook", (RequestDelegate)TakeAsync);
        await _app.StartAsync();
        _port = new Uri(_app.Urls.First()).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await GoAwayAsync();
    }

    private async Task TakeAsync(HttpContext context)
    {
        var arrivedAt = Stopwatch.GetTimestamp();
        using var text = new StreamReader(context.Request.Body);
        var json = await text.ReadToEndAsync(context.RequestAborted);
        if (_bodies.Count < KeptBodies) _bodies.Enqueue(json);
        using var body = JsonDocument.Parse(json);
        var receipt = new Receipt(context.Request.Headers["webhook-id"].ToString(), body.RootElement.TryGetProperty("n", out var number) ? number.GetInt32() : 0, 0, arrivedAt, 0);
        try
        {
            var status = await _answer(receipt, context);
            if (status is >= 200 and < 300) _accepted.AddOrUpdate(receipt.Id, 1, (_, count) => count + 1);
            _receipts.Enqueue(receipt with { Status = status, AnsweredAt = Stopwatch.GetTimestamp() });
            context.Response.StatusCode = status;
        }
        catch (OperationCanceledException)
        {
            // The sender gave up.
            _receipts.Enqueue(receipt with { AnsweredAt = Stopwatch.GetTimestamp() });
        }
    }
}
