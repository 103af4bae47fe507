using System.Text;
using BenchmarkDotNet.Attributes;
using DlqCluster.Api.Ingest;
using DlqCluster.Delivery;
using DlqCluster.Hosting;
using DlqCluster.Ledger;
using DlqCluster.Messages;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DlqCluster.Benchmarks.Micro;

/// <summary>What a message passes on its way, piece by piece, in a host as the service has it but without HTTP.</summary>
[InProcess, MemoryDiagnoser]
public class HotPieces
{
    private const int Writes = 256;
    private const int PayloadBytes = 900;

    private readonly byte[] _body = Encoding.UTF8.GetBytes(
        $$"""{"payload":{"order":1,"text":"{{new string('x', PayloadBytes)}}"},"clientMessageId":"order-1","source":"shop","tags":["a","b"]}""");

    private readonly LedgerEntry[] _entries = new LedgerEntry[Writes];
    private readonly Task[] _writes = new Task[Writes];
    private string _directory = "";
    private IHost _host = null!;
    private IMessageGrain _grain = null!;
    private ILedgerStore _ledger = null!;
    private DeliveryGate _gate = null!;

    /// <summary>Starts the host on a directory of its own. Benchmarks in one process do not wait for a set-up that is asynchronous.</summary>
    [GlobalSetup]
    public void Start() => StartAsync().GetAwaiter().GetResult();

    /// <summary>Stops it and forgets its data.</summary>
    [GlobalCleanup]
    public void Stop()
    {
        _host.StopAsync().GetAwaiter().GetResult();
        _host.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>A call of an active grain and its answer.</summary>
    [Benchmark]
    public Task GrainCall() => _grain.Get();

    /// <summary>One of 256 writes that are asked for at once: its part of the statements and of the fsync.</summary>
    [Benchmark(OperationsPerInvoke = Writes)]
    public Task GroupCommit()
    {
        for (var i = 0; i < Writes; i++) _writes[i] = _ledger.PutAsync(_entries[i]);
        return Task.WhenAll(_writes);
    }

    /// <summary>Through the gate of a healthy downstream, and out again.</summary>
    [Benchmark]
    public async Task Gate()
    {
        var ticket = await _gate.EnterAsync(DateTimeOffset.UnixEpoch, CancellationToken.None);
        _gate.Leave(ticket, AttemptResult.Delivered(200), TimeSpan.FromMilliseconds(1));
    }

    /// <summary>A submit's body, of 1 KB, read and checked for its form.</summary>
    [Benchmark]
    public object ParseEnvelope() => SubmitReader.Parse(_body, maxDepth: 64, maxTags: 32);

    private async Task StartAsync()
    {
        _directory = Path.Combine(Environment.CurrentDirectory, "artifacts", "micro", Path.GetRandomFileName());
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection([new("Storage:DataDirectory", _directory)]);
        builder.Logging.ClearProviders();
        builder.Services.AddSqliteStores([.. DlqGrains.StorageNames]);
        builder.UseOrleans(static _ => { });
        builder.Services.AddDlqGrains(builder.Configuration);
        _host = builder.Build();
        await _host.StartAsync();

        _ledger = _host.Services.GetRequiredService<ILedgerStore>();
        var ids = _host.Services.GetRequiredService<MessageIds>();
        for (var i = 0; i < Writes; i++) _entries[i] = new LedgerEntry(0, ids.New(), LedgerLanes.Receipt, DateTimeOffset.UtcNow.AddDays(1));
        _grain = _host.Services.GetRequiredService<IGrainFactory>().GetGrain<IMessageGrain>(ids.New().Value);
        var downstreams = await _host.Services.GetRequiredService<IDownstreamDirectory>().RefreshAsync();
        _gate = _host.Services.GetRequiredService<DeliveryGates>().Get(downstreams.Entries["default"].Definition);
    }
}
