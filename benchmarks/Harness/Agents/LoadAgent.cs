using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace DlqCluster.Benchmarks.Agents;

/// <summary>The load generator.</summary>
internal sealed partial class LoadAgent() : Agent<LoadOrder, LoadReport>(OrdersJson.Default.LoadOrder, OrdersJson.Default.LoadReport)
{
    private static readonly TimeSpan _again = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    protected override async Task<LoadReport> ObeyAsync(LoadOrder order)
    {
        var run = new Run(order);
        var lanes = await Task.WhenAll(Enumerable.Range(0, order.Connections).Select(_ => Lane.OpenAsync(order)));
        run.StartedAt = Stopwatch.GetTimestamp();
        if (order.Pace == Pace.Closed) await Task.WhenAll(lanes.Select(lane => Task.Run(() => SendOnAsync(lane, run))));
        else await SendAtRateAsync(lanes, run);
        foreach (var lane in lanes) lane.Dispose();
        return run.Report();
    }

    private static async Task SendOnAsync(Lane lane, Run run)
    {
        for (var index = run.Next(); index >= 0; index = run.Next()) await SendOneAsync(lane, run, index, Stopwatch.GetTimestamp());
    }

    // A thread of its own, which sleeps more finely than timers do: a millisecond would be more than what is measured.
    private static async Task SendAtRateAsync(Lane[] lanes, Run run)
    {
        var free = new BlockingCollection<Lane>(new ConcurrentQueue<Lane>(lanes));
        var sent = new List<Task>();
        await Task.Factory.StartNew(
            () =>
            {
                for (var index = run.Next(); index >= 0; index = run.Next())
                {
                    var due = run.StartedAt + (long)(index * Stopwatch.Frequency / run.Order.Rate);
                    while (Stopwatch.GetTimestamp() < due) Sleep(due);
                    var lane = free.Take();
                    sent.Add(SendAndFreeAsync(lane, run, index, due, free));
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await Task.WhenAll(sent);
    }

    private static void Sleep(long due)
    {
        var micros = (due - Stopwatch.GetTimestamp()) * 1_000_000 / Stopwatch.Frequency;
        if (micros > 0) _ = MicroSleep((uint)Math.Min(micros, 500_000));
    }

    private static async Task SendAndFreeAsync(Lane lane, Run run, int index, long due, BlockingCollection<Lane> free)
    {
        await SendOneAsync(lane, run, index, due);
        free.Add(lane);
    }

    private static async ValueTask SendOneAsync(Lane lane, Run run, int index, long due)
    {
        var since = Stopwatch.GetTimestamp();
        do
        {
            if (await TrySendAsync(lane, run, index, due) || !run.Order.Insist) return;
            await Task.Delay(_again);
            await lane.ReconnectAsync();
        }
        while (Stopwatch.GetElapsedTime(since) < _patience);
    }

    private static async ValueTask<bool> TrySendAsync(Lane lane, Run run, int index, long due)
    {
        try
        {
            await lane.Connection.SendAsync(lane.Requests.Render(index, due));
            var (status, body) = await lane.Connection.ReceiveAsync();
            run.Count(index, status, body.Span, due);
            return status == 202;
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            run.CountFailure(error.GetType().Name);
            if (!run.Order.Insist) await lane.ReconnectAsync();
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int MicroSleep(uint micros);

    /// <summary>A connection, and the place where its requests are put together.</summary>
    private sealed class Lane(LoadOrder order) : IDisposable
    {
        public HttpConnection Connection { get; private set; } = new();

        public Requests Requests { get; } = new(order);

        public static async Task<Lane> OpenAsync(LoadOrder order)
        {
            var lane = new Lane(order);
            await lane.Connection.ConnectAsync(order.Port);
            return lane;
        }

        public async ValueTask ReconnectAsync()
        {
            Connection.Dispose();
            Connection = new HttpConnection();
            try
            {
                await Connection.ConnectAsync(order.Port);
            }
            catch (SocketException)
            {
                // The next attempt to send says so.
            }
        }

        public void Dispose() => Connection.Dispose();
    }

    /// <summary>What is sent, and what has come back.</summary>
    private sealed class Run(LoadOrder order)
    {
        private readonly float[] _latencies = new float[(order.Count + order.PerRequest - 1) / order.PerRequest];
        private readonly ConcurrentDictionary<string, int> _other = new();
        private int _next = -1;
        private int _accepted;
        private int _answered;

        public LoadOrder Order => order;

        public long StartedAt { get; set; }

        public int Next()
        {
            var next = Interlocked.Increment(ref _next);
            return next < _latencies.Length ? next : -1;
        }

        public void Count(int index, int status, ReadOnlySpan<byte> body, long due)
        {
            var latency = (float)Stopwatch.GetElapsedTime(due).TotalMilliseconds;
            if (status is not (202 or 207))
            {
                CountFailure(status.ToString(System.Globalization.CultureInfo.InvariantCulture));
                return;
            }

            // Of a batch each item says how it went.
            var accepted = order.PerRequest == 1 ? 1 : body.Count("\"messageId\":\""u8);
            Interlocked.Add(ref _accepted, accepted);
            Interlocked.Increment(ref _answered);
            _latencies[index] = latency;
        }

        public void CountFailure(string name) => _other.AddOrUpdate(name, 1, static (_, count) => count + 1);

        public LoadReport Report() => new()
        {
            Accepted = _accepted,
            Other = new Dictionary<string, int>(_other),
            StartedAt = StartedAt,
            ElapsedMs = Stopwatch.GetElapsedTime(StartedAt).TotalMilliseconds,
            // What was not answered has no latency; its zero must not be counted.
            Latency = Spread.Of(_answered == _latencies.Length ? _latencies : Array.FindAll(_latencies, static value => value > 0)),
        };
    }
}
