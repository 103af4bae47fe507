using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace DlqCluster.Benchmarks.Agents;

/// <summary>
/// An HTTP/1.1 client connection over a bare socket. A real client costs several times as much, and on a small machine the load generator
/// would then be what is measured.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[512 * 1024];
    private int _end;

    /// <summary>Connects to a port of this machine.</summary>
    /// <param name="port">The port.</param>
    public Task ConnectAsync(int port) => _socket.ConnectAsync(IPAddress.Loopback, port);

    /// <summary>Sends a whole request.</summary>
    /// <param name="request">Its bytes.</param>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> request)
    {
        while (!request.IsEmpty) request = request[await _socket.SendAsync(request)..];
    }

    /// <summary>Reads a whole answer.</summary>
    /// <returns>Its status, and its body while nothing else is read.</returns>
    public async ValueTask<(int Status, ReadOnlyMemory<byte> Body)> ReceiveAsync()
    {
        _end = 0;
        int head;
        while ((head = _buffer.AsSpan(0, _end).IndexOf("\r\n\r\n"u8)) < 0) await FillAsync();
        head += 4;
        if (!Utf8Parser.TryParse(_buffer.AsSpan(9, 3), out int status, out _)) throw new IOException("That is not HTTP.");
        if (HeaderNumber(_buffer.AsSpan(0, head), "content-length:"u8) is { } length)
        {
            while (_end < head + length) await FillAsync();
            return (status, _buffer.AsMemory(head, length));
        }

        if (status is 204 or 304) return (status, default);
        return (status, await ReceiveChunksAsync(head));
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>A header's value that is a number.</summary>
    /// <param name="head">The headers.</param>
    /// <param name="name">Its name in lower case, with the colon.</param>
    public static int? HeaderNumber(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        for (var rest = head; rest.IndexOf("\r\n"u8) is var end and >= 0; rest = rest[(end + 2)..])
        {
            var line = rest[..end];
            if (line.Length <= name.Length || !System.Text.Ascii.EqualsIgnoreCase(line[..name.Length], name)) continue;
            return Utf8Parser.TryParse(line[name.Length..].TrimStart((byte)' '), out int value, out _) ? value : null;
        }

        return null;
    }

    // The chunks are moved together, over their own sizes.
    private async ValueTask<ReadOnlyMemory<byte>> ReceiveChunksAsync(int start)
    {
        var written = start;
        for (var read = start; ;)
        {
            int line;
            while ((line = _buffer.AsSpan(read, _end - read).IndexOf("\r\n"u8)) < 0) await FillAsync();
            if (!Utf8Parser.TryParse(_buffer.AsSpan(read, line), out int size, out _, 'x')) throw new IOException("That is not a chunk.");
            read += line + 2;
            while (_end < read + size + 2) await FillAsync();
            if (size == 0) return _buffer.AsMemory(start, written - start);
            _buffer.AsSpan(read, size).CopyTo(_buffer.AsSpan(written));
            written += size;
            read += size + 2;
        }
    }

    private async ValueTask FillAsync()
    {
        if (_end == _buffer.Length) throw new IOException("The answer is longer than any that is expected.");
        var read = await _socket.ReceiveAsync(_buffer.AsMemory(_end));
        if (read == 0) throw new IOException("The connection was closed.");
        _end += read;
    }
}
