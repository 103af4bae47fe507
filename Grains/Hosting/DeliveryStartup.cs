using DlqCluster.DeadLetters;
using DlqCluster.Delivery;
using DlqCluster.Diagnostics;
using DlqCluster.Downstreams;
using DlqCluster.Ledger;
using DlqCluster.Ordering;
using DlqCluster.Payloads;
using DlqCluster.Replays;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DlqCluster.Hosting;

/// <summary>
/// Gets delivery going when the silo starts: what an earlier run had in hand is due at once, and every partition has its ledger and its
/// dead-letter grain. When the silo stops it ends the sending and lets what is on its way come home.
/// </summary>
internal sealed partial class DeliveryStartup(
    IGrainFactory grains,
    DeliveryStartup.Parts parts,
    DlqMetrics metrics,
    TimeProvider time,
    ILogger<DeliveryStartup> logger) : IHostedService, IDisposable
{
    private const string CountingLetters = "Counting the dead letters and ordering lanes";
    private static readonly TimeSpan _letterCountInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _drainPoll = TimeSpan.FromMilliseconds(20);

    private ITimer? _timer;
    private int _counting;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        parts.Queue.Attach(parts.Gates);
        await CallAsync(parts.Directory.RefreshAsync);
        parts.Directory.Start();
        var partitions = Enumerable.Range(0, parts.Partitions.Value.Count).ToArray();
        if (parts.LedgerOptions.Value.RecoverAtStart)
        {
            var now = time.GetUtcNow();
            var recovered = await Task.WhenAll(partitions.Select(partition => parts.Ledger.ReleaseAsync(partition, now)));
            var count = recovered.Sum();
            if (count > 0) LogRecovering(count);
            metrics.FoundAtStart((await Task.WhenAll(partitions.Select(UnfinishedAsync))).Sum());
        }

        await Task.WhenAll(partitions.Select(partition => CallAsync(grains.GetGrain<ILedgerGrain>(partition).Start)));
        await Task.WhenAll(partitions.Select(partition => CallAsync(grains.GetGrain<IDlqPartitionGrain>(partition).Start)));
        await CallAsync(grains.GetGrain<IReplayIndexGrain>(0).Resume);
        await CallAsync(grains.GetGrain<IPayloadSweepGrain>(0).Start);
        _timer = time.CreateTimer(static startup => ((DeliveryStartup)startup!).OnTimer(), this, TimeSpan.Zero, _letterCountInterval);

        Task CallAsync(Func<Task> call) => StartupCalls.MakeAsync(call, time, cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        parts.Drain.Begin();
        if (_timer is not null) await _timer.DisposeAsync();
        var grace = TimeSpan.FromMilliseconds(parts.Delivery.Value.ShutdownGraceMs);
        var since = time.GetTimestamp();
        while (InFlight() > 0 && time.GetElapsedTime(since) < grace && !cancellationToken.IsCancellationRequested)
            await Task.Delay(_drainPoll, time, CancellationToken.None);
        parts.Directory.Stop();
        if (InFlight() is > 0 and var left) LogCutOff(left, parts.Delivery.Value.ShutdownGraceMs);
    }

    public void Dispose() => _timer?.Dispose();

    private async Task<long> UnfinishedAsync(int partition) =>
        (await parts.Ledger.CountAsync(partition)).Where(static lane => lane.Lane != LedgerLanes.Receipt).Sum(static lane => (long)lane.Count);

    private long InFlight() => parts.Gates.Counts().Sum(gate => (long)gate.Counts.InFlight);

    private void OnTimer()
    {
        if (Interlocked.Exchange(ref _counting, 1) == 0) parts.Background.Run(CountLettersAsync);
    }

    private async Task CountLettersAsync()
    {
        try
        {
            // One silo counts for all; the others know how letters came and went there.
            var stats = metrics.CountsLetters ? await parts.Letters.StatsAsync() : new LetterStats();
            metrics.LettersCounted(stats, time.GetUtcNow());
            metrics.LanesCounted(metrics.CountsLetters ? await parts.Lanes.CountAsync() : default);
            parts.Troubles.Over(CountingLetters);
        }
        catch (Exception exception)
        {
            parts.Troubles.Met(CountingLetters, exception);
        }
        finally
        {
            Volatile.Write(ref _counting, 0);
        }
    }

    [LoggerMessage(5103, LogLevel.Information, "{Count} messages of the last run are unfinished; they are taken up now")]
    private partial void LogRecovering(int count);

    [LoggerMessage(5104, LogLevel.Warning, "{Count} attempts were still on their way after Delivery:ShutdownGraceMs ({Grace} ms); they will be repeated at the next start")]
    private partial void LogCutOff(long count, int grace);

    /// <summary>What is got going.</summary>
    /// <remarks>The configured downstreams are here so that a wrong one stops the start, and not the first grain that asks.</remarks>
    internal sealed record Parts(
        ConfiguredDownstreams Configured,
        DownstreamDirectory Directory,
        DeliveryGates Gates,
        QueueTracker Queue,
        DrainState Drain,
        ILedgerStore Ledger,
        IDeadLetterStore Letters,
        IOrderingStore Lanes,
        IBackgroundRunner Background,
        TroubleLog Troubles,
        IOptions<PartitionOptions> Partitions,
        IOptions<LedgerOptions> LedgerOptions,
        IOptions<DeliveryOptions> Delivery);
}
