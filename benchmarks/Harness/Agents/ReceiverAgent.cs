using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace DlqCluster.Benchmarks.Agents;

/// <summary>
/// The downstream: answers 200 to everything over bare sockets, and counts, by the run and the number in the payload, what has come. What it
/// counts decides what was lost and what was repeated.
/// </summary>
/// <param name="port">Where it listens, on this machine only.</param>
internal sealed class ReceiverAgent(int port) : Agent<ReceiverOrder, ReceiverReport>(OrdersJson.Default.ReceiverOrder, OrdersJson.Default.ReceiverReport)
{
    private static readonly byte[] _answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray();

    private Tally _tally = new(0, 0);

    /// <inheritdoc/>
    protected override void Start()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(1024);
        _ = AcceptAsync(listener);
    }

    /// <inheritdoc/>
    protected override Task<ReceiverReport> ObeyAsync(ReceiverOrder order)
    {
        if (order.Begin is { } run) Volatile.Write(ref _tally, new Tally(run, order.Count));
        return Task.FromResult(_tally.Report(order.WithLatency));
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true) _ = ServeAsync(await listener.AcceptAsync());
    }

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        var buffer = new byte[64 * 1024];
        var end = 0;
        try
        {
            while (true)
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(end));
                if (read == 0) break;
                end += read;
                while (TryTake(buffer.AsSpan(0, end), out var taken))
                {
                    buffer.AsSpan(taken, end - taken).CopyTo(buffer);
                    end -= taken;
                    await socket.SendAsync(_answer);
                }
            }
        }
        catch (SocketException)
        {
            // A sender that was killed.
        }

        socket.Dispose();
    }

    private bool TryTake(ReadOnlySpan<byte> received, out int taken)
    {
        taken = 0;
        var head = received.IndexOf("\r\n\r\n"u8);
        if (head < 0) return false;
        head += 4;
        var length = HttpConnection.HeaderNumber(received[..head], "content-length:"u8);
        if (length is null) throw new InvalidOperationException("A delivery without Content-Length is more than this receiver understands.");
        if (received.Length < head + length) return false;
        taken = head + length.Value;
        Volatile.Read(ref _tally).Count(received[head..taken]);
        return true;
    }

    /// <summary>What has come of one run.</summary>
    private sealed class Tally(int run, int count)
    {
        private readonly int[] _deliveries = new int[count];
        private readonly float[] _latencies = new float[count];
        private int _unique;
        private int _repeats;
        private long _lastAt;

        public void Count(ReadOnlySpan<byte> payload)
        {
            var now = Stopwatch.GetTimestamp();
            var number = Number(payload, "\"n\":"u8);
            if (Number(payload, "\"run\":"u8) != run || number < 0 || number >= count) return;
            if (Interlocked.Increment(ref _deliveries[number]) > 1)
            {
                Interlocked.Increment(ref _repeats);
                return;
            }

            _latencies[number] = (float)Stopwatch.GetElapsedTime(Number(payload, "\"at\":"u8), now).TotalMilliseconds;
            Interlocked.Increment(ref _unique);
            Interlocked.Exchange(ref _lastAt, now);
        }

        public ReceiverReport Report(bool withLatency) => new()
        {
            Unique = Volatile.Read(ref _unique),
            Repeats = Volatile.Read(ref _repeats),
            LastAt = Interlocked.Read(ref _lastAt),
            Latency = withLatency ? Spread.Of(Array.FindAll(_latencies, static value => value > 0)) : null,
        };

        private static long Number(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> name)
        {
            var at = payload.IndexOf(name);
            return at >= 0 && Utf8Parser.TryParse(payload[(at + name.Length)..], out long value, out _) ? value : -1;
        }
    }
}
